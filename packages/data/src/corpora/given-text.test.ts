import fc from 'fast-check';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { begunIds, promptIds, requireText, templateIds, templatePieces } from './given-text';

const bytes = byteTokenizer('none');
const begun = byteTokenizer('none', { beginning: true });
const letters = characterTokenizer(LETTERS, 'letters');
const HOLE = -1;

describe('templatePieces', () => {
  it.each([
    ['', ['']],
    ['call me', ['call me']],
    ['_', ['', 1, '']],
    ['call me ___, some', ['call me ', 3, ', some']],
    ['a__b_', ['a', 2, 'b', 1, '']],
    ['snake\\_case', ['snake_case']],
    ['\\__', ['_', 1, '']],
    ['_\\_', ['', 1, '_']],
  ])('of %j are %j', (template, pieces) => expect(templatePieces(template)).toEqual(pieces));

  it('say the template again', () => {
    const template = fc.string({ unit: fc.constantFrom('a', ' ', '_', '\\_', 'ß'), maxLength: 12 });
    fc.assert(
      fc.property(template, (text) => {
        const pieces = templatePieces(text);
        expect(pieces.length % 2).toBe(1);
        pieces.forEach((piece, i) => expect(typeof piece).toBe(i % 2 ? 'number' : 'string'));
        const said = pieces.map((piece) =>
          typeof piece === 'number' ? '_'.repeat(piece) : piece.replaceAll('_', '\\_'),
        );
        expect(said.join('')).toBe(text);
      }),
    );
  });
});

describe('promptIds', () => {
  it('are those of the prompt, behind the begin that texts had', () => {
    expect([...promptIds('ab', bytes)]).toEqual([97, 98]);
    expect([...promptIds('ab', begun, { isBegun: true })]).toEqual([begun.beginId, 97, 98]);
    expect([...promptIds('ab', begun, { isBegun: false })]).toEqual([97, 98]);
  });

  it('end with what stood between prompts and texts where rows had prompts', () => {
    expect([...promptIds('ab', bytes, { field: 'q', separator: ' = ', isBegun: false })]).toEqual([
      ...[97, 98],
      ...[32, 61, 32],
    ]);
    expect([...promptIds('ab', bytes, { separator: ' = ', isBegun: false })]).toEqual([97, 98]);
  });

  it('keep a space at the end, which says that a word is whole', () => {
    expect(letters.decode(promptIds('call ', letters))).toBe('call ');
    expect(letters.decode(promptIds('call', letters))).toBe('call');
  });

  it('are none of an empty prompt, with no begin before nothing', () => {
    expect(promptIds('', begun, { isBegun: true })).toHaveLength(0);
    expect(begunIds(Int32Array.of(5), bytes, { isBegun: true })).toEqual(Int32Array.of(5));
  });

  it('are refused where nothing is left of a prompt', () =>
    expect(() => promptIds('鯨', letters)).toThrow(
      'The prompt "鯨" holds nothing that the model can read, since it was trained on text with data.normalise=letters.',
    ));
});

describe('templateIds', () => {
  it('have a hole for each underscore, and underscores where they are asked for', () => {
    expect([...templateIds('a__b', bytes, HOLE)]).toEqual([97, HOLE, HOLE, 98]);
    expect([...templateIds('\\__', bytes, HOLE)]).toEqual([95, HOLE]);
    expect([...templateIds('a_', begun, HOLE, { isBegun: true })]).toEqual([begun.beginId, 97, HOLE]);
  });

  it('keep spaces and take punctuation away beside holes, as the vocabulary does within a text', () => {
    const said = letters.decode(Array.from(templateIds('call me _, some', letters, 0)));
    expect(said).toBe('call me   some');
  });

  it('are refused of a template without holes, and of a text of which nothing is left', () => {
    expect(() => templateIds('abc', bytes, HOLE)).toThrow('"abc" has none.');
    expect(() => templateIds('鯨_', letters, HOLE)).toThrow('The text "鯨" holds nothing that the model can read');
    // Of punctuation alone nothing has to be left.
    expect([...templateIds('!_', letters, HOLE)]).toHaveLength(2);
  });
});

it('requireText tells a normalisation only where there is one', () => {
  const none = new Int32Array(0);
  expect(() => requireText('The prompt', 'x', /\S/, none, bytes)).toThrow(
    /^The prompt "x" holds nothing that the model can read\.$/,
  );
  expect(requireText('The prompt', ' ', /\S/, none, bytes)).toBe(none);
});
