import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Copies what can be read only once, standard input (`-`) or a pipe, into a file that is deleted when the process ends: a
 * corpus is read twice where its alphabet has to be found.
 */
export async function spool(path: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'idlm-text-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'piped.txt');
  await pipeline(path === '-' ? process.stdin : createReadStream(path), createWriteStream(copy));
  return copy;
}
