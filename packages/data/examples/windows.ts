// Packs two documents into windows of 16 characters and shows two batches, which depend on the seed and their number alone.
//   npx tsx -C @idlm/source packages/data/examples/windows.ts
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
    console.log(`${k} |${tokenizer.decode(ids.subarray(row * length, (row + 1) * length))}|`);
}
// → 51 tokens to train on, 12 held out, 178a86bc19b6
// → 0 |call me ishmael |
// → 0 | ishmael it is n|
// → 0 |t down on any ma|
// → 1 |t is not down on|
// → 1 |hmael it is not |
// → 1 |n any map true p|
await saveTokenizer(folder, tokenizer);
await rm(folder, { recursive: true });
