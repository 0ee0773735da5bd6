import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { normalise } from '../normalise';
import { corpusOf } from '../corpora/read';
import { prepareCorpus } from '../corpora/prepare';
import { loadTokenizer, saveTokenizer } from './folder';
import { type FitOptions, tokenizers } from './registry';

/** What Python's library learns; see the script beside the file. */
interface Recorded {
  readonly name: string;
  readonly texts: readonly string[];
  readonly merges_asked: number;
  readonly merges: readonly string[];
  readonly ids: readonly number[];
}
const RECORDED = JSON.parse(readFileSync(join(__dirname, '../../test/fixtures/byte-pairs.json'), 'utf8')) as Recorded[];

const mergesOf = ({ json }: { readonly json: Readonly<Record<string, unknown>> }) =>
  (json['model'] as { merges: string[] }).merges;

/** A vocabulary of so many entries, learned from texts. */
const learned = (texts: readonly string[], vocabSize: number, options: FitOptions = {}) =>
  tokenizers.create(
    { name: 'bpe', options: { vocabSize } },
    {
      ...options,
      async *texts(kind) {
        for (const text of texts) yield normalise(text, kind);
      },
    },
  );

const SEA = ['the sea, the ship and the whale; the whales and the ships'];

describe('a byte-pair vocabulary', () => {
  it.each(RECORDED)("is the one that Python's tokenizers learns: $name", async ({ texts, merges, ids }) => {
    const tokenizer = await learned(texts, 256 + merges.length + 1);
    expect(mergesOf(tokenizer)).toEqual(merges);
    expect([...tokenizer.encode(texts[0]!)]).toEqual(ids);
  });

  it('merges in every step a pair that is as common as any, counted anew', async () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 4, maxLength: 30 }), async (words) => {
        const merges = await learned([words.join('\n')], 257 + 6).then(mergesOf, () => []);
        let spelled = words.map((one) => [...one]);
        for (const merge of merges) {
          const counts = new Map<string, number>();
          for (const one of spelled)
            for (let i = 0; i + 1 < one.length; i++)
              counts.set(`${one[i]} ${one[i + 1]}`, (counts.get(`${one[i]} ${one[i + 1]}`) ?? 0) + 1);
          expect(counts.get(merge)).toBe(Math.max(...counts.values()));
          const [left, right] = merge.split(' ');
          spelled = spelled.map((one) =>
            one.reduce<string[]>((out, symbol) => {
              if (out.at(-1) === left && symbol === right) out[out.length - 1] = left + right;
              else out.push(symbol);
              return out;
            }, []),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('encodes any text, and decodes it as it was', async () => {
    const tokenizer = await learned(SEA, 268);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      // These end with the halves of pairs that stand for the mask and for what is no token.
      { examples: [['\u{1F400}'], ['a\u{1F401}b']] },
    );
    expect(tokenizer.decode([tokenizer.maskId])).toBe('▁');
  });

  it('fills rows up with the space, and has a beginning where it is asked for', async () => {
    const plain = await learned(SEA, 264);
    const begun = await learned(SEA, 265, { beginning: true });
    expect([plain.vocabSize, plain.maskId, plain.beginId, plain.addedMask]).toEqual([264, 263, undefined, false]);
    expect([begun.vocabSize, begun.maskId, begun.beginId]).toEqual([265, 264, 263]);
    expect(plain.decode([plain.padId!])).toBe(' ');
  });

  it('is the same when it is loaded again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'byte-pairs-'));
    const made = await learned(SEA, 265, { normalise: 'lowercase', beginning: true });
    await saveTokenizer(folder, made);
    const again = await loadTokenizer(folder);
    await rm(folder, { recursive: true });
    expect(again.spec).toEqual({ name: 'bpe', options: { vocabSize: 265 } });
    expect([again.vocabSize, again.maskId, again.padId, again.beginId]).toEqual([265, 264, made.padId, 263]);
    expect(again.normalise).toBe('lowercase');
    expect(again.encode('The WHALE')).toEqual(made.encode('the whale'));
  });

  it('is refused where the bytes do not fit, or the text does not fill it', async () => {
    await expect(learned(SEA, 256)).rejects.toThrow('holds 256 bytes and 1 special tokens; 256');
    await expect(learned(['ab ab'], 300)).rejects.toThrow(
      'The text fills a byte-pair vocabulary of 258 tokens; 300 was asked for.',
    );
  });
});

describe('a corpus', () => {
  it('gets byte pairs of its own where they are asked for', async () => {
    const source = corpusOf([...SEA, 'the whale and the sea']);
    const options = { source, layout: 'rows', length: 64, heldOut: 0, rowStart: true, normalise: 'none' } as const;
    const corpus = await prepareCorpus({ ...options, tokenizer: { name: 'bpe', options: { vocabSize: 268 } } });
    expect([corpus.tokenizer.spec.name, corpus.tokenizer.vocabSize, corpus.rowStart]).toEqual(['bpe', 268, 266]);
    expect(corpus.decode(corpus.packed.train.subarray(0, 64)).trimEnd()).toBe(SEA[0]);
  });
});
