import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How a process ended, and what it took. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
  /** Largest resident set of it and of the processes of Node that it started, in MB; undefined where none said so. */
  readonly megabytes: number | undefined;
  /** Processor time of them together, user and system, in seconds; undefined where none said so. */
  readonly processor: number | undefined;
}

/** Loaded into every process of Node below, which notes what it took when it ends. */
const RECORDER = pathToFileURL(join(import.meta.dirname, 'record-use.mjs')).href;

/** What processes left in a file: the largest of their memories, and their times together. */
function usesIn(path: string): Pick<Ended, 'megabytes' | 'processor'> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { megabytes: undefined, processor: undefined }; // Nothing was written: the process was killed.
  }
  const uses = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { bytes: number; microseconds: number });
  return {
    megabytes: Math.max(...uses.map(({ bytes }) => bytes)) / 1e6,
    processor: uses.reduce((sum, { microseconds }) => sum + microseconds, 0) / 1e6,
  };
}

/** Runs a program in a folder. */
export async function measure(
  program: string,
  argv: readonly string[],
  options: { cwd: string; env?: object },
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'use-'));
  const file = join(folder, 'processes');
  const started = performance.now();
  const env = {
    ...process.env,
    ...options.env,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${RECORDER}`,
    USE_FILE: file,
  };
  try {
    const child = spawn(program, argv, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text.out += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (text.err += part));
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    return { code, ...text, seconds: (performance.now() - started) / 1000, ...usesIn(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
