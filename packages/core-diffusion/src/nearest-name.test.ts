import { didYouMean } from './nearest-name';

describe('what to do about a name that there is not', () => {
  it.each([
    ['mdml', ['duo', 'mdlm'], 'did you mean "mdlm"?'],
    ['DUO', ['duo', 'mdlm'], 'did you mean "duo"?'],
    ['nope', ['steps', 'topK'], 'choose one of steps, topK.'],
    ['tarin', ['grain', 'train'], 'did you mean "train"?'],
    ['lats', ['eps', 'last'], 'did you mean "last"?'],
    ['fox', ['hens', 'foxes'], 'did you mean "foxes"?'],
    ['ep', ['eps'], 'did you mean "eps"?'],
    ['something else', ['duo', 'mdlm'], 'choose one of duo, mdlm.'],
    ['something else', [], 'none is registered yet: import the module that registers it.'],
  ])('for %s of %j it is %s', (name, names, sentence) => expect(didYouMean(name, names)).toBe(sentence));

  it('may be told otherwise where none is close', () => {
    expect(didYouMean('something else', ['duo'], 'it has none.')).toBe('it has none.');
    expect(didYouMean('dua', ['duo'], 'it has none.')).toBe('did you mean "duo"?');
  });
});
