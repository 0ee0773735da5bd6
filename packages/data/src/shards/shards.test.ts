import { createHash } from 'node:crypto';
import { appendFile, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { inFolder, put, useFolder } from '../../test/corpus-files';
import { prepareCorpus } from '../corpora/prepare';
import type { PrepareOptions } from '../corpora/prepared';
import { corpusOf, openCorpus } from '../corpora/read';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { huggingFaceTokenizer } from '../tokenizers/hugging-face';
import { openShards } from './open-shards';
import { type WriteShardsOptions, writeShards } from './write-shards';

useFolder();
const folder = () => inFolder();
const out = () => join(folder(), 'prepared');

/** GPT-2's kind of vocabulary, with an end of texts, so that threads encode. */
const byteLevel = () => {
  const { json } = byteTokenizer();
  const { model } = json as { model: { vocab: Record<string, number> } };
  const letters = Object.entries(model.vocab).filter(([, id]) => id < 256);
  const vocab = { ...Object.fromEntries(letters), th: 256, the: 257 };
  const added = [{ id: 258, content: '<|endoftext|>', special: true }];
  return huggingFaceTokenizer({ ...json, added_tokens: added, model: { ...model, vocab, merges: ['t h', 'th e'] } });
};

const documents = Array.from({ length: 40 }, (_, i) => `the sea ${'and the whale '.repeat(i)}number ${i}`);

const options = (more: Partial<WriteShardsOptions> = {}): WriteShardsOptions => ({
  source: corpusOf(documents),
  tokenizer: byteTokenizer(),
  layout: 'packed',
  length: 16,
  out: out(),
  threads: 0,
  ...more,
});

/** Names and hashes of a folder's files. */
const filesOf = async (path: string) =>
  Promise.all(
    (await readdir(path)).map(async (name) => [
      name,
      createHash('sha256')
        .update(await readFile(join(path, name)))
        .digest('hex'),
    ]),
  );

describe('packed shards', () => {
  it('hold the tokens, split and hash of a corpus in memory, over as many files as it takes', async () => {
    const index = await writeShards(options({ shardBytes: 1000 }));
    const memory = await prepareCorpus(options() as PrepareOptions);
    const { notes: _, ...told } = memory;
    expect(index.facts).toEqual(told.facts);
    expect(index.shards.length).toBeGreaterThan(4);
    expect(index.shards.reduce((sum, one) => sum + one.documents, 0)).toBe(40);
    const bytes = index.shards.map(({ file }) => readFileSync(join(out(), file)));
    expect(bytes.slice(0, -1).every(({ length }) => length === 1000)).toBe(true);
    const all = Buffer.concat(bytes);
    const tokens = Array.from({ length: all.length / 2 }, (_, i) => all.readUInt16LE(2 * i));
    expect(tokens).toEqual([...memory.packed.train, ...memory.packed.heldOut]);
    const corpus = await openShards(out());
    expect(corpus.takeTraining().train).toEqual(Int32Array.from(memory.packed.train));
    expect(corpus.heldOut).toEqual(memory.heldOut);
    expect(corpus.takeHeldOut(2)).toEqual(memory.takeHeldOut(2));
    expect(corpus.words).toEqual(memory.words);
    expect(corpus.bytes).toBe(0);
  });

  it('are read window by window, each once an epoch, the same batches whenever they are asked for', async () => {
    await writeShards(options({ shardBytes: 500 }));
    const corpus = await openShards(out());
    const train = corpus.takeTraining().train;
    const count = Math.floor(train.length / 16);
    const loader = () => corpus.loader({ length: 16, batch: 4, random: randomStream(3) });
    const one = loader();
    const seen = new Set<string>();
    for (let k = 0; k * 4 < count; k++) {
      const { ids } = await one.at(k);
      for (let row = 0; row < 4; row++) seen.add(ids.subarray(16 * row, 16 * (row + 1)).join());
    }
    const windows = Array.from({ length: count }, (_, i) => train.slice(16 * i, 16 * (i + 1)).join());
    expect([...seen].sort()).toEqual([...new Set(windows)].sort());
    expect(await loader().at(5)).toEqual(await one.at(5));
    expect(await Promise.all([loader().at(7), one.at(8)])).toEqual([await one.at(7), await loader().at(8)]);
  });

  it('may begin and end windows with the ends of a text, and cut them otherwise than they were prepared for', async () => {
    await writeShards(options({ tokenizer: byteLevel(), windowEnds: true }));
    const plain = await openShards(out(), { windowEnds: false, length: 8 });
    expect(plain.heldOut.length).toBe(8);
    const { ids } = await (await openShards(out())).loader({ length: 12, batch: 3, random: randomStream(1) }).at(0);
    for (let row = 0; row < 3; row++) expect([ids[12 * row], ids[12 * row + 11]]).toEqual([258, 258]);
    expect(ids.filter((id) => id === 257).length).toBeGreaterThan(0);
  });

  it('are the same files whatever the number of threads, long texts in parts', async () => {
    const text = Array.from({ length: 22_000 }, (_, i) => `the whale ${i} déjà the 鯨\n`).join('');
    const path = await put({ 'a.txt': text, 'b.txt': 'the end' }, '.');
    const write = async (threads: number) => {
      const target = join(folder(), `with-${threads}`);
      const source = await openCorpus({ path: [join(path, 'a.txt'), join(path, 'b.txt')] });
      await writeShards(options({ source, tokenizer: byteLevel(), threads, out: target, shardBytes: 1 << 18 }));
      return filesOf(target);
    };
    const [here, one, three] = [await write(0), await write(1), await write(3)];
    expect(one).toEqual(here);
    expect(three).toEqual(here);
    const { source } = JSON.parse(await readFile(join(folder(), 'with-0', 'index.json'), 'utf8')) as {
      source: { size: number; sha256: string }[];
    };
    expect(source[1]).toMatchObject({ size: 7, sha256: createHash('sha256').update('the end').digest('hex') });
  });
});

describe('shards of rows', () => {
  const pairs = Array.from({ length: 60 }, (_, i) => ({ prompt: `${i}+1=`, text: String(i + 1) }));

  it('hold each document with its prompt, some of them held out, and draw each once an epoch', async () => {
    const rows = { source: corpusOf(pairs), layout: 'rows', length: 8, shardBytes: 200, heldOut: 0.2 } as const;
    const index = await writeShards(options(rows));
    expect([index.isPrompted, index.padId, index.facts.tokens]).toEqual([true, 32, 60 * 8]);
    expect(index.shards.length).toBeGreaterThan(2);
    const memory = await prepareCorpus(options(rows) as PrepareOptions);
    expect(index.facts.hash).toBe(memory.facts.hash);
    const corpus = await openShards(out());
    const { batch, valid, ids } = corpus.heldOut;
    expect(batch * 8).toBe(index.facts.heldOutTokens);
    expect(batch).toBeGreaterThan(3);
    expect(batch).toBeLessThan(25);
    const train = index.facts.trainTokens / 8;
    const drawn = await corpus.loader({ length: 8, batch: train, random: randomStream(1) }).at(0);
    const textOf = (from: Int32Array, row: number) => corpus.decode(from.subarray(8 * row, 8 * row + 8)).trimEnd();
    const all = [
      ...Array.from({ length: train }, (_, row) => textOf(drawn.ids, row)),
      ...Array.from({ length: batch }, (_, row) => textOf(ids, row)),
    ];
    expect(all.sort()).toEqual(pairs.map(({ prompt, text }) => prompt + text).sort());
    for (let row = 0; row < batch; row++) {
      const given = textOf(ids, row).indexOf('=') + 1;
      expect(Array.from(valid!.subarray(8 * row, 8 * row + 8))).toEqual(
        Array.from({ length: 8 }, (_, i) => Number(i >= given)),
      );
    }
  });

  it('have prompts of any length, also where two bytes do for a token', async () => {
    const source = corpusOf([{ prompt: 'a'.repeat(65_539), text: 'b' }]);
    const rows = { source, layout: 'rows', length: 65_541, heldOut: 0, promptSeparator: '' } as const;
    expect((await writeShards(options(rows))).dtype).toBe('uint32');
    const { ids, valid } = (await openShards(out())).heldOut;
    expect([ids[65_539], valid!.indexOf(1)]).toEqual([98, 65_539]);
  });

  it('stand behind their start where a network has one', async () => {
    const tokenizer = characterTokenizer(LETTERS, 'letters', { beginning: true });
    const source = corpusOf(['whale', 'ship', 'harpooneers', 'sea']);
    await writeShards(options({ source, tokenizer, layout: 'rows', length: 6, heldOut: 0 }));
    const corpus = await openShards(out(), { rowStart: true });
    expect([corpus.rowStart, corpus.takeTraining().rowLength]).toEqual([27, 7]);
    const loader = corpus.loader({ length: 7, batch: 2, random: randomStream(1) });
    const { ids, valid } = await loader.at(0);
    expect([ids[0], ids[7], valid![0], valid![1]]).toEqual([27, 27, 0, 1]);
    expect(corpus.notes.join()).toContain('1 document is longer than a row of 6');
    expect(() => corpus.loader({ length: 6, batch: 2, random: randomStream(1) })).toThrow('and a start, the network 6');
  });
});

describe('a prepared folder', () => {
  it.each([
    ['cut off', (path: string) => truncate(path, 100), 'has 100 bytes instead of'],
    ['changed', (path: string) => writeFile(path, 'x', { flag: 'r+' }), 'is not what was written (its sha256 differs)'],
    ['longer', (path: string) => appendFile(path, 'xx'), 'it is cut off or changed'],
  ])('is refused where a file is %s', async (_, damage, sentence) => {
    await writeShards(options());
    await damage(join(out(), 'shard-00000.bin'));
    await expect(openShards(out())).rejects.toThrow(sentence);
  });

  it('is refused with another tokenizer, and with a model whose ids would be others', async () => {
    await writeShards(options());
    await expect(openShards(out(), { tokenizer: byteTokenizer('lowercase') })).rejects.toThrow('another tokenizer');
    await writeFile(join(out(), 'index.json'), '{"format": 1, "shards": [');
    await expect(openShards(out())).rejects.toThrow('index.json is no JSON; it is damaged or cut off');
    await expect(openShards(folder())).rejects.toThrow('holds no prepared text');
  });

  it('takes a tokenizer whose mask was added, and the one that was saved without it, for the same', async () => {
    await writeShards(options({ tokenizer: byteLevel() }));
    const { json, config } = byteLevel();
    const again = huggingFaceTokenizer(json, config);
    const opened = await openShards(out(), { tokenizer: { ...again, addedMask: true } });
    expect(await opened.loader({ length: 16, batch: 2, random: randomStream(1) }).at(0)).toEqual(
      await (await openShards(out())).loader({ length: 16, batch: 2, random: randomStream(1) }).at(0),
    );
  });

  it('is not begun where it exists, and leaves nothing behind where it fails or is ended', async () => {
    await writeShards(options());
    await expect(writeShards(options())).rejects.toThrow('prepared exists; name another folder, or delete it.');
    const other = join(folder(), 'other');
    await expect(writeShards(options({ source: corpusOf(['a']), out: other }))).rejects.toThrow('at least 16');
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(writeShards(options({ signal: controller.signal, out: other }))).rejects.toThrow('enough');
    const unknown = options({
      source: corpusOf(['<|endoftext|>'.repeat(20), '\u0007']),
      tokenizer: byteLevel(),
      out: other,
    });
    await expect(writeShards({ ...unknown, length: 100, threads: 1 })).rejects.toThrow('at least 100');
    expect(existsSync(other)).toBe(false);
    expect((await readdir(folder())).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});
