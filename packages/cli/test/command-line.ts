import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { run } from '../src/program';

/** How a command line ended: its exit code and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

// Each command guards the streams to the end of the process, and a test runs many.
[process.stdout, process.stderr].forEach((stream) => stream.setMaxListeners(0));

/** Runs a command line in this process. */
export async function idlm(...argv: string[]): Promise<Ended> {
  const written = { out: '', err: '' };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true)),
  ];
  try {
    const code = await run(argv);
    process.exitCode = 0;
    return { code, ...written };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

/** The file of `tiny`: a command line refuses settings that its command does not read, a file holds those of all. */
export const TINY_FILE = join(__dirname, 'tiny.yaml');

/** A model of a few thousand numbers and a few updates, on WASM. */
export const tiny = ['--engine', 'wasm', '--config', TINY_FILE];

/** The same with other values in its sections, from a file that is written to `path`. */
export async function tinyWith(path: string, sections: Readonly<Record<string, object>>): Promise<string[]> {
  const values = parse(await readFile(TINY_FILE, 'utf8')) as Record<string, object>;
  const merged = Object.entries(sections).map(([name, fields]) => [name, { ...values[name], ...fields }]);
  await writeFile(path, stringify({ ...values, ...Object.fromEntries(merged) }));
  return ['--engine', 'wasm', '--config', path];
}
