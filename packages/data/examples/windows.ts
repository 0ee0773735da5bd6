import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { LETTERS, characterTokenizer, packCorpus, readCorpus, saveTokenizer, windowLoader } from '@idlm/data';

const folder = await mkdtemp(join(tmpdir(), 'idlm-data-'));
const path = join(folder, 'sea.jsonl');
await writeFile(path, '{"text":"Call me Ishmael."}\n{"text":"It is not down on any map; true places never are."}\n');

const tokenizer = characterTokenizer(LETTERS, 'letters');
const corpus = await packCorpus(readCorpus({ path }), tokenizer, { separator: Int32Array.of(0), share: 0.2 });
const loader = windowLoader({ tokens: corpus.train, length: 16, batch: 3, random: randomStream(7) });

console.log(
  `${corpus.train.length} tokens to train on, ${corpus.heldOut.length} held out, ${corpus.hash.slice(0, 12)}`,
);
for (const k of [0, 1]) {
  const { ids, length, batch } = loader.at(k);
  for (let row = 0; row < batch; row++)
    console.log(k, tokenizer.decode(ids.subarray(row * length, (row + 1) * length)));
}
await saveTokenizer(folder, tokenizer);
await rm(folder, { recursive: true });
