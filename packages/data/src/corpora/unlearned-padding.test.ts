import { randomStream } from '@idlm/core-diffusion';
import { inFolder, useFolder } from '../../test/corpus-files';
import { wordVocabulary } from '../../test/vocabularies';
import { openShards } from '../shards/open-shards';
import { writeShards } from '../shards/write-shards';
import { prepareCorpus } from './prepare';
import type { PrepareOptions } from './prepared';
import { corpusOf } from './read';

useFolder();

/** Words 1 to 4, then [BOS] 5, [EOS] 6 and [PAD] 7. */
const words = wordVocabulary(['a', 'b', 'c', 'd'], ['[BOS]', '[EOS]', '[PAD]']);

const options = (more: Partial<PrepareOptions> = {}): PrepareOptions => ({
  source: corpusOf(['a b', 'c', 'a b c']),
  ...{ tokenizer: words, layout: 'rows', length: 4, heldOut: 0, padding: 'given', ...more },
});

const rowsOf = (marks: Uint8Array, length: number): string[] =>
  Array.from({ length: marks.length / length }, (_, row) => marks.subarray(row * length, (row + 1) * length).join(''));

const marksOf = ({ valid, length }: { readonly valid?: Uint8Array; readonly length: number }): string[] =>
  rowsOf(valid!, length);

it('padding that is given is marked as given, and nothing else of a row', async () => {
  const { heldOut, loader } = await prepareCorpus(options());
  expect(marksOf(heldOut)).toEqual(['1100', '1000', '1110']);
  const batch = loader({ length: 4, batch: 20, random: randomStream(1) }).at(0);
  expect(new Set(marksOf(batch))).toEqual(new Set(marksOf(heldOut)));
  batch.ids.forEach((id, i) => expect(batch.valid![i]).toBe(Number(id !== 7)));
  expect((await prepareCorpus(options({ padding: 'learned' }))).heldOut.valid).toBeUndefined();
});

it('what a row begins with, prompts and ends are as they are without', async () => {
  expect(marksOf((await prepareCorpus(options({ rowStart: 5 }))).heldOut)).toEqual(['01100', '01000', '01110']);
  const prompted = corpusOf([{ prompt: 'a b', text: 'c' }]);
  expect(marksOf((await prepareCorpus(options({ source: prompted }))).heldOut)).toEqual(['0010']);
  const ended = { length: 6, windowEnds: true };
  expect(marksOf((await prepareCorpus(options(ended))).heldOut)).toEqual(['111100', '111000', '111110']);
  // Where the token that ends a text pads it too, the first of them is its end.
  const tokenizer = wordVocabulary(['a', 'b', 'c', 'd']);
  const { heldOut } = await prepareCorpus(options({ ...ended, tokenizer }));
  expect(marksOf(heldOut)).toEqual(['111100', '111000', '111110']);
});

describe('padding that is noised and does not count', () => {
  const uncounted = (more: Partial<PrepareOptions> = {}) => prepareCorpus(options({ padding: 'uncounted', ...more }));

  it('is marked as what counts in no loss, and none of it as given', async () => {
    const { heldOut, loader } = await uncounted();
    expect([heldOut.valid, rowsOf(heldOut.counted!, 4)]).toEqual([undefined, ['1100', '1000', '1110']]);
    const { ids, valid, counted } = loader({ length: 4, batch: 20, random: randomStream(1) }).at(0);
    expect(valid).toBeUndefined();
    ids.forEach((id, i) => expect(counted![i]).toBe(Number(id !== 7)));
  });

  it('stands beside what is given: starts and prompts', async () => {
    const { heldOut } = await uncounted({ rowStart: 5 });
    expect(marksOf(heldOut)).toEqual(['01111', '01111', '01111']);
    expect(rowsOf(heldOut.counted!, 5)).toEqual(['11100', '11000', '11110']);
    const prompted = await uncounted({ source: corpusOf([{ prompt: 'a b', text: 'c' }]) });
    expect([marksOf(prompted.heldOut), rowsOf(prompted.heldOut.counted!, 4)]).toEqual([['0011'], ['1110']]);
  });

  it('is the same of files', async () => {
    const out = inFolder('noised');
    await writeShards({ ...options({ padding: 'learned' }), out, threads: 0 });
    expect((await openShards(out, { padding: 'uncounted' })).heldOut).toEqual((await uncounted()).heldOut);
  });
});

it('is the same of files', async () => {
  const out = inFolder('rows');
  await writeShards({ ...options(), out, threads: 0 });
  const corpus = await openShards(out, { padding: 'given' });
  const memory = await prepareCorpus(options());
  expect(corpus.heldOut).toEqual(memory.heldOut);
  const { ids, valid } = await corpus.loader({ length: 4, batch: 3, random: randomStream(1) }).at(0);
  ids.forEach((id, i) => expect(valid![i]).toBe(Number(id !== 7)));
  expect((await openShards(out)).heldOut.valid).toBeUndefined();
});

it('is refused where there is none', async () => {
  const packed = options({ layout: 'packed', length: 2 });
  const sentence = 'data.padding says what becomes of the padding of rows, and packed windows have none; leave it out.';
  await expect(prepareCorpus(packed)).rejects.toThrow(sentence);
  await expect(prepareCorpus({ ...packed, padding: 'uncounted' })).rejects.toThrow(sentence);
  const out = inFolder('packed');
  await writeShards({ ...packed, padding: 'learned', out, threads: 0 });
  await expect(openShards(out, { padding: 'given' })).rejects.toThrow(sentence);
  await expect(prepareCorpus(options({ padding: 'none' as never }))).rejects.toThrow(
    'The padding of rows is one of learned, given, uncounted; "none" was given.',
  );
});
