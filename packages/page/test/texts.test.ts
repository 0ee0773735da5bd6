import { byteTokenizer } from '@idlm/data';
import { FREE } from '@idlm/samplers';
import fc from 'fast-check';
import { clampOf } from '../worker/writing/clamp';
import { piecesOf } from '../worker/writing/pieces';

const tokenizer = byteTokenizer();
const model = (facts: object) => ({ tokenizer, facts: { length: 8, ...facts } }) as never;
const idsOf = (text: string) => Array.from(tokenizer.encode(text));

describe('what is held fixed', () => {
  it('is a prompt, behind the start of rows where there is one', () => {
    expect(Array.from(clampOf('ab', model({})))).toEqual([...idsOf('ab'), ...Array(6).fill(FREE)]);
    expect(Array.from(clampOf('ab', model({ rowStart: 9 })))).toEqual([9, ...idsOf('ab'), ...Array(5).fill(FREE)]);
  });

  it('is what stands around gaps, and the end of rows that have one', () => {
    const around = [...idsOf('a'), FREE, FREE, ...idsOf('b')];
    expect(Array.from(clampOf('a__b', model({})))).toEqual([...around, ...Array(4).fill(FREE)]);
    expect(Array.from(clampOf('a__b', model({ padId: 3 })))).toEqual([...around, ...Array(4).fill(3)]);
  });

  it.each(['abcdefgh', 'abcdefghi', 'abcdefg__'])('leaves room: %s does not', (text) => {
    expect(() => clampOf(text, model({}))).toThrow(/^This takes \d tokens, and the model writes texts of 8, /);
  });
});

describe('pieces', () => {
  const isMask = (token: number) => token === tokenizer.maskId;

  it('give the text again, whatever characters its tokens are parts of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const tokens = idsOf(text);
        const pieces = piecesOf(tokens, tokenizer, isMask);
        expect(pieces).toHaveLength(tokens.length);
        expect(pieces.join('')).toBe(tokenizer.decode(tokens));
      }),
    );
  });

  it('are null at masks, which part characters', () => {
    const [first, second] = idsOf('é');
    expect(piecesOf([first!, tokenizer.maskId, second!], tokenizer, isMask)).toEqual(['\uFFFD', null, '\uFFFD']);
  });
});
