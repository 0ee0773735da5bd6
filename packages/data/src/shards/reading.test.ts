import { randomStream } from '@idlm/core-diffusion';
import { inFolder, useFolder } from '../../test/corpus-files';
import type { PreparedCorpus } from '../corpora/prepared';
import { corpusOf } from '../corpora/read';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { loadTokenizer } from '../tokenizers/folder';
import { openShards } from './open-shards';
import { type WriteShardsOptions, writeShards } from './write-shards';

useFolder();

const out = () => inFolder('prepared');
const write = (more: Partial<WriteShardsOptions> = {}) =>
  writeShards({
    source: corpusOf(Array.from({ length: 30 }, (_, i) => `row ${i}`)),
    ...{
      tokenizer: byteTokenizer(),
      layout: 'packed',
      length: 8,
      heldOut: 0,
      out: out(),
      threads: 0,
      shardBytes: 50,
      ...more,
    },
  });
const sequencesOf = async (
  corpus: PreparedCorpus,
  options: { length: number; batch: number; rank?: number; ranks?: number },
  count: number,
) => {
  const loader = corpus.loader({ ...options, random: randomStream(4) });
  const found: string[] = [];
  for (let k = 0; k < count; k++) {
    const { ids, batch, length } = await loader.at(k);
    for (let row = 0; row < batch; row++) found.push(ids.subarray(row * length, (row + 1) * length).join());
  }
  return found;
};

describe('readers of one text', () => {
  it.each([1, 2, 3])('%d of them share an epoch of windows, none twice', async (ranks) => {
    await write();
    const corpus = await openShards(out());
    const windows = Math.floor(corpus.facts.trainTokens / 8);
    const whole = await sequencesOf(corpus, { length: 8, batch: 1 }, windows);
    const share = Math.floor(windows / ranks);
    const parts = await Promise.all(
      Array.from({ length: ranks }, (_, rank) => sequencesOf(corpus, { length: 8, batch: 1, rank, ranks }, share)),
    );
    expect(parts.flat().sort()).toEqual(whole.slice(0, share * ranks).sort());
    expect(new Set(whole).size).toBe(windows);
  });

  it('draw rows alike, and refuse a rank that there is not', async () => {
    await write({ layout: 'rows' });
    const corpus = await openShards(out());
    const halves = await Promise.all(
      [0, 1].map((rank) => sequencesOf(corpus, { length: 8, batch: 5, rank, ranks: 2 }, 3)),
    );
    expect(new Set(halves.flat()).size).toBe(30);
    const loader = () => corpus.loader({ length: 8, batch: 5, random: randomStream(1), rank: 2, ranks: 2 });
    expect(loader).toThrow('A rank is a whole number from 0 to below their number; rank 2 of 2 was given.');
  });

  it('cut packed text into windows of any length that it has room for', async () => {
    const { facts } = await write();
    const corpus = await openShards(out(), { length: 5 });
    expect(corpus.heldOut.length).toBe(5);
    for (const length of [1, 5, facts.trainTokens]) {
      const windows = Math.floor(facts.trainTokens / length);
      const all = (await sequencesOf(corpus, { length, batch: 1 }, windows)).join().split(',').length;
      expect(all).toBe(windows * length);
    }
    expect(() => corpus.loader({ length: facts.trainTokens + 1, batch: 1, random: randomStream(1) })).toThrow(
      `The corpus has ${facts.trainTokens} tokens, fewer than one window of ${facts.trainTokens + 1}`,
    );
  });
});

describe('a folder', () => {
  it('is opened with how far its files are checked, up to all of them', async () => {
    const { shards } = await write();
    const seen: number[] = [];
    let total = 0;
    await openShards(out(), {
      onProgress(progress) {
        seen.push(progress.bytes);
        ({ total } = progress);
      },
    });
    expect(seen.length).toBe(shards.length);
    expect([seen.at(-1), total]).toEqual([total, 2 * shards.reduce((sum, { count }) => sum + count, 0)]);
  });

  it('holds the tokenizer that its text was prepared with', async () => {
    await write({ tokenizer: 'characters', normalise: 'none' });
    const { tokenizer } = await openShards(out());
    const saved = await loadTokenizer(out());
    expect([tokenizer.spec.name, tokenizer.normalise]).toEqual(['characters', 'none']);
    expect(saved.encode('row 12')).toEqual(tokenizer.encode('row 12'));
  });

  it('is used with a model whose tokenizer gives the same ids, whatever made it', async () => {
    const alphabet = [...'row0123456789 '];
    await write({ tokenizer: characterTokenizer(alphabet) });
    const own = await openShards(out());
    const model = await openShards(out(), { tokenizer: characterTokenizer(alphabet) });
    expect(model.heldOut).toEqual(own.heldOut);
    for (const other of [characterTokenizer([...alphabet].reverse()), characterTokenizer(LETTERS), byteTokenizer()])
      await expect(openShards(out(), { tokenizer: other })).rejects.toThrow(
        `The text in ${out()} was prepared with another tokenizer; prepare it with the model's.`,
      );
  });

  it('says what is held out, and what stands for it where nothing is', async () => {
    await write({ heldOut: 0.5 });
    const half = await openShards(out());
    expect([half.facts.heldOutIsTraining, half.notes]).toEqual([false, []]);
    const text = half.decode([...half.takeTraining().train]) + half.decode([...half.takeHeldOut(Infinity).ids]);
    expect(text.startsWith('row 0\nrow 1\n')).toBe(true);
    await write({ out: inFolder('none'), layout: 'rows', heldOut: 0 });
    const none = await openShards(inFolder('none'));
    expect(none.notes).toEqual(['Nothing is held out, so samples are compared with the training text.']);
    expect(none.heldOut.batch).toBe(30);
    expect(none.takeHeldOut(3).ids).toEqual(none.heldOut.ids.slice(0, 24));
    expect([...none.words].sort()).toEqual(['row', ...Array.from({ length: 30 }, (_, i) => String(i))].sort());
  });
});
