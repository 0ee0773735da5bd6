import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareCorpus } from '../src/corpora/prepare';
import type { PrepareOptions } from '../src/corpora/prepared';
import { type CorpusOptions, openCorpus, readCorpus } from '../src/corpora/read';

let folder: string;

/** Gives each test a folder of its own. */
export function useFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'corpora-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
}

/** A path in the test's folder. */
export const inFolder = (...names: string[]): string => join(folder, ...names);

/** Writes files and gives the path of the folder, or of one of them. */
export async function put(files: Readonly<Record<string, string | Buffer>>, name = ''): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(inFolder(file)), { recursive: true });
    await writeFile(inFolder(file), content);
  }
  return inFolder(name);
}

/** The documents of a corpus. */
export async function all(path: string, options: Partial<CorpusOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const text of readCorpus({ path, ...options })) found.push(text);
  return found;
}

/** A corpus of files, its characters as they are, nothing held out. */
export const prepare = async (
  path: string,
  options: Partial<PrepareOptions> & Pick<CorpusOptions, 'promptField'> = {},
) =>
  prepareCorpus({
    source: await openCorpus({
      path,
      promptField: options.promptField,
      unit: options.layout === 'rows' ? 'line' : 'file',
    }),
    ...{ normalise: 'none', layout: 'packed', length: 2, heldOut: 0, ...options },
  });
