import { LETTERS, characterTokenizer, huggingFaceTokenizer } from '@idlm/data';
import { fitTokenizer } from './fit-tokenizer';

const words = ['the', 'whale', 'sea', '<|endoftext|>'];

/** A word-level tokenizer of the hub, with further special tokens at its end. */
function hub(...special: string[]) {
  const all = [...words, ...special];
  return huggingFaceTokenizer({
    version: '1.0',
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: all.slice(3).map((content, i) => ({ id: 3 + i, content, special: true })),
    model: { type: 'WordLevel', vocab: Object.fromEntries(all.map((word, id) => [word, id])), unk_token: 'the' },
  });
}

const fit = (tokenizer: ReturnType<typeof hub>, vocabSize: number, kind: string) => {
  const isUniform = kind === 'uniform';
  const process = { kind, ...(isUniform ? {} : { maskId: 3 }) };
  return fitTokenizer(tokenizer, { folder: 'm', vocabSize, process, family: isUniform ? 'duo' : 'mdlm' });
};

describe('one tokenizer with and without padding', () => {
  it.each([
    ['plain', hub()],
    ['padded', hub('[PAD]')],
  ])('serves a uniform and a masked network of 5 entries: %s', (_, tokenizer) => {
    const { tokenizer: uniform } = fit(tokenizer, 5, 'uniform');
    expect([uniform.vocabSize, uniform.maskId]).toEqual([6, 5]);
    const { tokenizer: masked } = fit(tokenizer, 5, 'absorbing');
    expect([masked.vocabSize, masked.maskId]).toEqual([5, 4]);
    // Whether a process has a mask decides, not what it is called.
    const { tokenizer: own } = fit(tokenizer, 5, 'erasing');
    expect([own.vocabSize, own.maskId]).toEqual([5, 4]);
    expect(masked.decode([1, 4, 2])).toContain('▁');
    for (const fitted of [uniform, masked]) {
      expect([...fitted.encode('whale sea')]).toEqual([1, 2]);
      expect(fitted.padId === undefined || fitted.padId < fitted.maskId).toBe(true);
      expect(fit(fitted, 5, fitted === uniform ? 'uniform' : 'absorbing').tokenizer).toBe(fitted);
    }
  });

  it('shows a token that it lacks as U+FFFD, and refuses text that the network lacks', () => {
    expect(fit(hub(), 5, 'uniform').tokenizer.decode([1, 4])).toContain('\uFFFD');
    const { tokenizer } = fit(hub('[PAD]'), 5, 'absorbing');
    expect(() => tokenizer.encode('the [PAD] sea')).toThrow(
      'The text holds "[PAD]", token 4, which the model in m does not have; remove it.',
    );
    expect(() => fit(hub('[PAD]'), 4, 'uniform').tokenizer.encode('[PAD]')).toThrow('token 4');
  });
});

it('tells of a vocabulary that is padded', () => {
  expect(fit(hub(), 8, 'uniform').assumed).toEqual([
    'The model in m has 4 tokens more than its tokenizer; they are taken to be padding, and written as U+FFFD.',
  ]);
  expect(fit(hub(), 5, 'uniform').assumed).toEqual([]);
});

const letters = characterTokenizer(LETTERS);

it.each([
  ['a masked network of another size', hub(), 8, 'absorbing', 'has a vocabulary of 8 tokens, the tokenizer one of 4'],
  ['a word in the place of the mask', letters, 27, 'absorbing', 'has 27 tokens and no mask, and mdlm with absorbing'],
  ['the end of texts in the place of the mask', hub(), 4, 'absorbing', 'has 4 tokens and no mask'],
  [
    'a mask where there is none',
    letters,
    28,
    'uniform',
    'has 28 tokens and a mask, and duo with uniform noise has none',
  ],
  ['far more than padding', hub(), 200, 'uniform', 'has a vocabulary of 200 tokens'],
  ['a lack of words', hub(), 3, 'uniform', 'has a vocabulary of 3 tokens'],
] as const)('refuses %s', (_, tokenizer, vocabSize, process, message) => {
  expect(() => fit(tokenizer, vocabSize, process)).toThrow(message);
});

it('leaves a tokenizer that fits as it is', () => {
  expect(fit(letters, 28, 'absorbing').tokenizer).toBe(letters);
  expect(fit(letters, 27, 'uniform').tokenizer).toBe(letters);
});
