import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { inFolder, useFolder } from '../../test/corpus-files';
import { byteVocabulary, wordVocabulary } from '../../test/vocabularies';
import { openShards } from '../shards/open-shards';
import { writeShards } from '../shards/write-shards';
import { byteTokenizer } from '../tokenizers/bytes';
import { prepareCorpus } from './prepare';
import type { PrepareOptions } from './prepared';
import { corpusOf } from './read';
import { packRows } from './rows';

useFolder();

/** Words 1 to 4, then [BOS] 5, [EOS] 6 and [PAD] 7. */
const words = wordVocabulary(['a', 'b', 'c', 'd'], ['[BOS]', '[EOS]', '[PAD]']);
const [BOS, EOS, PAD] = [5, 6, 7];

const rowsIn = (ids: ArrayLike<number>, length: number): number[][] =>
  Array.from({ length: ids.length / length }, (_, row) =>
    Array.prototype.slice.call(ids, row * length, (row + 1) * length),
  );

const options = (more: Partial<PrepareOptions> = {}): PrepareOptions => ({
  source: corpusOf(['a b', 'c', 'a b c d', 'd d d']),
  ...{ tokenizer: words, layout: 'rows', length: 5, heldOut: 0, windowEnds: true, ...more },
});

it('rows with ends are begin, text, end and padding, and count as what may be learned', async () => {
  const { packed, padId, rowStart, facts, notes, heldOut } = await prepareCorpus(options());
  expect(rowsIn(packed.train, 5)).toEqual([
    [BOS, 1, 2, EOS, PAD],
    [BOS, 3, EOS, PAD, PAD],
    [BOS, 4, 4, 4, EOS],
  ]);
  expect([padId, rowStart, heldOut.valid]).toEqual([PAD, undefined, undefined]);
  expect(facts.leftOut).toEqual({ empty: 0, emptied: 0, tooLong: 1 });
  expect(notes[0]).toBe('1 document is longer than a row of 5 tokens (data.length) and left out.');
});

it('a vocabulary with one end of texts has it on both sides, and behind them where it has no padding', async () => {
  const { packed } = await prepareCorpus(options({ tokenizer: wordVocabulary(['a', 'b', 'c', 'd']) }));
  expect(rowsIn(packed.train, 5)[1]).toEqual([5, 3, 5, 5, 5]);
});

it('prompts are given with the begin before them, and rows without one begin freely', async () => {
  const source = corpusOf([
    { prompt: 'a b', text: 'c' },
    { prompt: '', text: 'd' },
    { prompt: 'a', text: 'b c d' },
    { prompt: 'a a', text: 'd d' },
  ]);
  const { heldOut, isPrompted, facts } = await prepareCorpus(options({ source, length: 6 }));
  expect(rowsIn(heldOut.ids, 6)).toEqual([
    [BOS, 1, 2, 3, EOS, PAD],
    [BOS, 4, EOS, PAD, PAD, PAD],
    [BOS, 1, 2, 3, 4, EOS],
    [BOS, 1, 1, 4, 4, EOS],
  ]);
  expect(rowsIn(heldOut.valid!, 6)).toEqual([
    [0, 0, 0, 1, 1, 1],
    [1, 1, 1, 1, 1, 1],
    [0, 0, 1, 1, 1, 1],
    [0, 0, 0, 1, 1, 1],
  ]);
  expect([isPrompted, facts.leftOut.tooLong]).toEqual([true, 0]);
});

it('files of rows hold the same as memory, are opened as they were prepared and no other way', async () => {
  const source = corpusOf([
    { prompt: 'a b', text: 'c' },
    { prompt: 'b', text: 'd d' },
  ]);
  const out = inFolder('rows');
  const index = await writeShards({ ...options({ source, length: 6 }), out, threads: 0 });
  const memory = await prepareCorpus(options({ source, length: 6 }));
  expect([index.windowEnds, index.facts]).toEqual([true, memory.facts]);
  const corpus = await openShards(out, { windowEnds: true, length: 6 });
  expect(corpus.heldOut).toEqual(memory.heldOut);
  const batch = await corpus.loader({ length: 6, batch: 2, random: randomStream(1) }).at(0);
  expect(rowsIn(batch.ids, 6).sort()).toEqual(rowsIn(memory.heldOut.ids, 6).sort());
  await expect(openShards(out, { windowEnds: false })).rejects.toThrow(
    `The rows in ${out} were prepared with windowEnds true, and false was asked for; prepare the text again.`,
  );
  await expect(openShards(out, { length: 5 })).rejects.toThrow(
    `The rows in ${out} have 6 tokens, and 5 were asked for; prepare the text again.`,
  );
});

it.each([
  [{ tokenizer: byteTokenizer() }, 'data.windowEnds asks for the end of a text at the ends of windows'],
  [{ length: 2 }, 'A window of 2 tokens has no room between its ends; set data.length to at least 3.'],
  [{ rowStart: 5 }, 'The model was trained on rows behind a start of their own, and data.windowEnds asks for'],
  [{ source: corpusOf(['a b c d']) }, 'No document fits a row of 5 tokens: 1 are longer; set data.length higher'],
  [{ layout: 'packed', length: 2 }, 'A window of 2 tokens has no room between its ends'],
] as [Partial<PrepareOptions>, string][])('is refused where it cannot be: %j', async (more, sentence) => {
  await expect(prepareCorpus(options(more))).rejects.toThrow(sentence);
  await expect(writeShards({ ...options(more), out: inFolder('out'), threads: 0 })).rejects.toThrow(sentence);
});

it('any text that fits comes back from between the ends of its row', async () => {
  const tokenizer = byteVocabulary(['<|endoftext|>', '[PAD]']);
  const ends = { begin: tokenizer.endOfTextId!, end: tokenizer.endOfTextId! };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1 }),
      async (texts) => {
        const sizes = texts.map((text) => tokenizer.encode(text).length);
        fc.pre(Math.min(...sizes) <= 14);
        const { train, dropped } = await packRows(texts, tokenizer, { length: 16, share: 0, ends });
        expect(dropped).toBe(sizes.filter((size) => size > 14).length);
        const fitting = texts.filter((_, i) => sizes[i]! <= 14);
        const read = rowsIn(train, 16).map((row) => {
          const end = row.indexOf(ends.end, 1);
          expect([row[0], ...row.slice(end + 1)]).toEqual([ends.begin, ...Array(15 - end).fill(tokenizer.padId)]);
          return tokenizer.decode(row.slice(1, end));
        });
        expect(read).toEqual(fitting);
      },
    ),
    { numRuns: 40 },
  );
});
