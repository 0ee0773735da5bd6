// Gives mutated files to a reader, in a process of its own with little memory, and tells how each ended: argv is an `Order` as JSON.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RandomStream, isInputError, randomStream } from '@idlm/core-diffusion';
import { mutate } from './mutate';
import type { Order, Progress } from './order';
import { TARGETS } from './targets';

const { target: name, seed, from, count, only } = JSON.parse(process.argv[2]!) as Order;
const target = TARGETS.find((one) => one.name === name)!;
const stream = randomStream(seed).split(target.name);
const files = await target.files();
const clean = Object.keys(Object.prototype).length;

/** How a reader ends: with a result or a sentence; anything else, as told, is a fault. */
async function endOf(
  bytes: Buffer,
  folder: string,
  random: RandomStream,
): Promise<'result' | 'sentence' | { readonly fault: string }> {
  try {
    await target.read(bytes, folder, random);
    return 'result';
  } catch (error) {
    if (isInputError(error)) return 'sentence';
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const told: Progress = { next: from, results: 0, sentences: 0, faults: [], megabytes: 0 };
const tell = (next: number) => {
  const { rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ ...told, next, megabytes: Math.round(rss / 1e6) })}\n`);
  Object.assign(told, { results: 0, sentences: 0, faults: [] });
};

for (let i = from; i < count; i++) {
  if (only !== undefined && i !== only) continue;
  const random = stream.split(i);
  const bytes = mutate(files[i % files.length]!, random);
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  const end = await endOf(bytes, folder, random.split('read'));
  await rm(folder, { recursive: true });
  if (end === 'result') told.results++;
  else if (end === 'sentence') told.sentences++;
  else told.faults.push(`case ${i}: ${end.fault}`);
  if (Object.keys(Object.prototype).length !== clean)
    told.faults.push(`case ${i}: what all objects inherit was changed`);
  if ((i + 1) % 50 === 0) tell(i + 1);
}
tell(count);
// Servers and threads of a reader would go on.
process.stdout.end(() => process.exit(0));
