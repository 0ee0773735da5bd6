import { mkdir, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { RUN_FILES, acquireLock } from '@idlm/trainer';
import { readText } from './json-record';

/** What a command of ours leaves in a folder of its own. */
export type OutputKind = 'run' | 'evaluation' | 'comparison' | 'quickstart';

/** How a folder for results is opened. */
export interface OutputRequest {
  readonly path: string;
  /** What will be written. */
  readonly kind: OutputKind;
  /** Whether an earlier one of the same kind may be there: to be replaced, or to go on with. */
  readonly again: boolean;
}

/** A folder to write results into; no other process does until it is closed. */
export interface OutputFolder {
  /** Gives the folder back; one that was made for nothing goes. */
  close(): Promise<void>;
}

/** Names of the files of an evaluation. */
export const EVALUATION_FILES = { manifest: 'manifest.json', data: 'report.json', report: 'report.html' } as const;

/** Name of what a comparison writes, beside its models and reports. */
export const COMPARED_CELLS = 'compare.jsonl';

/** Names of what a quickstart writes, beside its models and reports: what it is about, and what it found, which comes last. */
export const QUICKSTART_FILES = { about: 'quickstart.json', sweep: 'sweep.json' } as const;

/** What to do about a damaged manifest. */
const ADVICE = 'put back what was written, or name another folder with --out';

/** Files that tell what a folder holds; a run has a manifest too, so it goes first. */
const MARKS: readonly (readonly [file: string, what: string])[] = [
  [RUN_FILES.config, 'run'],
  [COMPARED_CELLS, 'comparison'],
  [QUICKSTART_FILES.about, 'quickstart'],
  [QUICKSTART_FILES.sweep, 'quickstart'],
  ['model.safetensors', 'model'],
  ['model.safetensors.index.json', 'model'],
];

/** Locks, locks in the making, and what a write that was killed left behind: nobody's results. */
const isPassing = (name: string): boolean =>
  name === RUN_FILES.lock || name.startsWith(`${RUN_FILES.lock}.`) || /\.tmp-\d+-\d+$/.test(name);

async function entriesOf(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => !isPassing(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new InputError(`${path} is a file; name a folder with --out.`);
    throw error;
  }
}

/** What a folder's manifest is, where no other file tells what the folder holds. */
async function manifestIn(path: string): Promise<'evaluation' | 'damaged' | undefined> {
  const text = await readText(join(path, EVALUATION_FILES.manifest), ADVICE);
  if (text === undefined) return undefined;
  try {
    return Array.isArray((JSON.parse(text) as { rows?: unknown } | null)?.rows) ? 'evaluation' : 'damaged';
  } catch {
    return 'damaged';
  }
}

/** A new folder beside another, of the same name and the first free number. */
async function numberedBeside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const beside = `${resolve(path)}-${number}`;
    try {
      await mkdir(beside);
      return beside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * Moves an evaluation out of the way of a new one: beside its folder, so that the places in its manifest stay right.
 * @returns where it is now; undefined where there was none
 */
export async function keepEvaluation(path: string): Promise<string | undefined> {
  if ((await manifestIn(path)) !== 'evaluation') return undefined;
  const beside = await numberedBeside(path);
  const entries = await entriesOf(path);
  // The manifest goes last: what is left where a move is cut short is still an evaluation.
  const { manifest, data, report } = EVALUATION_FILES;
  for (const name of [data, report, manifest].filter((file) => entries.includes(file)))
    await rename(join(path, name), join(beside, name));
  return beside;
}

/** An interrupted quickstart of earlier versions has its models alone, and they are no runs. */
async function isBegunQuickstart(path: string, entries: readonly string[]): Promise<boolean> {
  const runs = entries.map((name) => stat(join(path, name, RUN_FILES.config)).catch(() => undefined));
  const isAny = (await Promise.all(runs)).some(Boolean);
  return !isAny && entries.every((name) => ['teacher', 'student'].includes(name));
}

/**
 * What a folder holds, such as `run` or `model`; `other files` where nothing of ours is known, undefined if nothing is there.
 * @throws InputError where a manifest alone tells that, and is damaged
 */
export async function contentOf(path: string): Promise<string | undefined> {
  const entries = await entriesOf(path);
  if (!entries.length) return undefined;
  const mark = MARKS.find(([file]) => entries.includes(file));
  if (mark) return mark[1];
  const manifest = await manifestIn(path);
  if (manifest === 'damaged')
    throw new InputError(
      `${join(path, EVALUATION_FILES.manifest)} is damaged, or no record of an evaluation; ${ADVICE}.`,
    );
  if (manifest) return manifest;
  return (await isBegunQuickstart(path, entries)) ? 'quickstart' : 'other files';
}

const article = (what: string): string =>
  what === 'other files' ? what : `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`;

/** @throws InputError unless the folder is free, or holds what may be there */
async function checkContent({ path, kind, again }: OutputRequest): Promise<void> {
  const found = await contentOf(path);
  if (found === undefined || (again && found === kind)) return;
  throw new InputError(
    found === kind
      ? `${path} holds ${article(kind)} already; replace it with --force, or name another folder with --out.`
      : `${path} holds ${article(found)}, which ${article(kind)} does not replace; name another folder with --out.`,
  );
}

/**
 * Opens a folder to write results into: free, or holding an earlier result of the same kind.
 * @throws InputError if it holds anything else, or another process writes to it
 */
export async function openOutput(request: OutputRequest): Promise<OutputFolder> {
  const { path } = request;
  await checkContent(request);
  const made = await mkdir(path, { recursive: true });
  const lock = await acquireLock(join(path, RUN_FILES.lock));
  const close = async () => {
    await lock.release();
    if (made) await rmdir(path).catch(() => undefined);
  };
  try {
    await checkContent(request);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
