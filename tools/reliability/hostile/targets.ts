import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@idlm/core-diffusion';
import {
  byteTokenizer,
  corpusOf,
  loadTokenizer,
  openShards,
  readCorpus,
  tokenizerFiles,
  writeShards,
} from '@idlm/data';
import { configFields, dit, freshParameters, weightsFile } from '@idlm/denoiser';
import { describeFields, openTorchCheckpoint, openWeights } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import { initConfig, loadConfig, resolveConfig } from '@idlm/recipe/config';
import { withoutSums } from '../../checkpoints/without-sums';
import { http } from './http/target';
import type { Target } from './target';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '../../../packages');

/** All tensors of a file of weights, one after another. */
async function readAll(source: Awaited<ReturnType<typeof openWeights>>): Promise<void> {
  try {
    for (const name of Object.keys(source.tensors)) await source.read(name);
  } finally {
    await source.close();
  }
}

const network = dit({
  ...{ hidden: 4, blocks: 1, heads: 1, cond: 2, vocabSize: 5, length: 4 },
  timeConditioned: false,
}).describe();

const safetensors: Target = {
  name: 'safetensors',
  what: 'weights as safetensors',
  async files() {
    await openEngine({ prefer: 'cpu' });
    const parameters = freshParameters(network, randomStream(1));
    return [await weightsFile(parameters, network, { step: '3' })];
  },
  async read(bytes, folder) {
    await writeFile(join(folder, 'model.safetensors'), bytes);
    await readAll(await openWeights(folder));
  },
};

const checkpoints: Target = {
  name: 'ckpt',
  what: 'checkpoints of PyTorch and Lightning',
  files: () =>
    Promise.all(
      ['mdlm.ckpt', 'halves.pt', 'kinds.pt'].map(async (name) =>
        withoutSums(await readFile(join(packages, 'denoiser/test/checkpoints', name))),
      ),
    ),
  async read(bytes, folder) {
    const path = join(folder, 'model.ckpt');
    await writeFile(path, bytes);
    await readAll(await openTorchCheckpoint(path));
  },
};

const tokenizers: Target = {
  name: 'tokenizer',
  what: 'tokenizer.json',
  async files() {
    const bytePairs = JSON.parse(
      await readFile(join(packages, 'data/test/fixtures/byte-pairs.json'), 'utf8'),
    ) as object;
    return [tokenizerFiles(byteTokenizer())['tokenizer.json'], JSON.stringify(bytePairs)].map((text) =>
      Buffer.from(text),
    );
  },
  async read(bytes, folder) {
    await writeFile(join(folder, 'tokenizer.json'), bytes);
    const { encode, decode } = await loadTokenizer(folder);
    decode(encode('the sea  and 3 whales, aaaaaaaaaaaaaaaaaaaaaaaa\n\u00e9'));
  },
};

const configurations: Target = {
  name: 'configuration',
  what: 'configurations in YAML',
  async files() {
    const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
    await initConfig({ path: join(folder, 'idlm.yaml') });
    const written = await readFile(join(folder, 'idlm.yaml'));
    await rm(folder, { recursive: true });
    return [written, Buffer.from(JSON.stringify(resolveConfig({}).config))];
  },
  async read(bytes, folder) {
    const path = join(folder, 'idlm.yaml');
    await writeFile(path, bytes);
    await loadConfig(path, {});
  },
};

const models: Target = {
  name: 'config.json',
  what: 'config.json of models',
  files: async () => [
    Buffer.from(JSON.stringify(configFields({ network, family: { name: 'mdlm' } }), null, 2)),
    Buffer.from('{"model_type":"gpt2","n_embd":8,"n_head":2,"n_layer":1,"n_positions":16,"vocab_size":32}'),
  ],
  async read(bytes) {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString());
    } catch {
      return;
    }
    describeFields(value, { model: 'model', what: 'config.json' });
  },
};

/** Files of a prepared text, one of which is mutated while the others stay; the number of the file is its first byte. */
async function preparedText(): Promise<ReadonlyMap<string, Uint8Array>> {
  const parent = await mkdtemp(join(tmpdir(), 'hostile-'));
  const out = join(parent, 'prepared');
  const source = corpusOf(['true places never are, and the sea was calm. '.repeat(20)]);
  await writeShards({ source, tokenizer: byteTokenizer(), layout: 'packed', length: 16, out, threads: 0 });
  const names = (await readdir(out)).filter((name) => !name.startsWith('tokenizer'));
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(out, name))] as const));
  const tokenizer = Object.entries(tokenizerFiles(byteTokenizer())).map(
    ([name, text]) => [name, Buffer.from(text)] as const,
  );
  await rm(parent, { recursive: true });
  return new Map([...files, ...tokenizer]);
}

let prepared: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

const shards: Target = {
  name: 'shards',
  what: 'prepared texts: the index and the shards',
  async files() {
    const all = await (prepared ??= preparedText());
    return [...all].flatMap(([name, bytes], i) =>
      name.startsWith('tokenizer') ? [] : [Buffer.concat([Uint8Array.of(i), bytes])],
    );
  },
  async read(bytes, folder) {
    const all = await (prepared ??= preparedText());
    const names = [...all.keys()];
    const changed = names[(bytes[0] ?? 0) % names.length];
    for (const [name, content] of all)
      await writeFile(join(folder, name), name === changed ? bytes.subarray(1) : content);
    const corpus = await openShards(folder);
    await corpus.loader({ length: 8, batch: 4, random: randomStream(1) }).at(0);
  },
};

/** Documents of a file of a corpus, to its end. */
const corpus = (name: string, what: string, file: string, seeds: Target['files']): Target => ({
  name,
  what,
  files: seeds,
  async read(bytes, folder) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), bytes);
    for await (const text of readCorpus({ path: join(folder, file) })) void text;
  },
});

const parquet = corpus('parquet', 'texts in Parquet', 'text.parquet', async () => [
  await readFile(join(here, 'text.parquet')),
]);

const records = corpus('jsonl', 'texts in JSON lines', 'text.jsonl', async () => [
  Buffer.from('{"text":"call me","n":1}\n{"text":"ishmael \\u00e9","more":{"a":[1,2]}}\n'),
]);

/** Readers of what comes from elsewhere. */
export const TARGETS: readonly Target[] = [
  ...[safetensors, checkpoints, tokenizers, configurations, models, shards, parquet, records, http],
];
