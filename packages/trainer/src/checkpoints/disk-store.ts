import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { InputError } from '@idlm/core-diffusion/choices';
import { type FileSystem, nodeFileSystem } from './file-system';
import { type FileRecord, MANIFEST, parseManifest, problemOf, recordOf } from './manifest';
import { missingStep, stepsToPrune } from './retention';
import { saveInThread } from './save-in-thread';
import type { CheckpointFile, CheckpointRef, CheckpointStore, Keep, LatestCheckpoint } from './store';

/** Folders of finished checkpoints. */
const FINISHED = /^step-(\d+)$/;
/** Folders and files of saves that did not end. */
const UNFINISHED = /^(?:step-(\d+)|latest)\.tmp-/;

const problem = (error: unknown): string => (error as Error).message;

/** Bytes of a file from which on its memory is let go of. */
const LARGE = 2 ** 20;

/**
 * Lets go of the memory of a file that was written, which is the store's. Functions that wait keep what they last held: whoever makes the next file
 * and whoever writes it would have the one before until then.
 */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength >= LARGE)
    structuredClone(buffer, { transfer: [buffer] });
}

/**
 * Writes the files of a checkpoint into a folder, its manifest last: a folder without one is no checkpoint. Sizes and hashes in it are
 * those of the bytes that were handed over, so that what a disk changed is found when it is read.
 */
async function writeFolder(
  disk: FileSystem,
  folder: string,
  step: number,
  files: AsyncIterable<CheckpointFile>,
): Promise<void> {
  const records: Record<string, FileRecord> = {};
  await disk.makeFolder(folder);
  for await (const { name, bytes } of files) {
    await disk.write(join(folder, name), bytes);
    records[name] = recordOf(bytes);
    letGo(bytes);
  }
  const manifest = { format: 'idlm-checkpoint', version: 1, step, files: records };
  await disk.write(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await disk.flushFolder(folder);
}

/**
 * What is wrong with a checkpoint's folder, as a phrase; undefined if every file is as it was written. All of its bytes are read.
 */
async function problemOfFolder(disk: FileSystem, { step, path }: CheckpointRef): Promise<string | undefined> {
  try {
    const manifest = parseManifest(new TextDecoder().decode(await disk.read(join(path, MANIFEST))), step);
    if (typeof manifest === 'string') return manifest;
    for (const [name, record] of Object.entries(manifest.files)) {
      const found = problemOf(name, await disk.read(join(path, name)), record);
      if (found) return found;
    }
    return undefined;
  } catch (error) {
    const { code, path: file } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `it lacks ${file?.slice(path.length + 1) ?? 'a file'}` : problem(error);
  }
}

/** A folder of checkpoints on a disk. */
interface Place {
  readonly folder: string;
  readonly disk: FileSystem;
  /** A fresh name beside `name`, which `clean` knows. */
  readonly temporary: (name: string) => string;
}

const reference = ({ folder }: Place, step: number): CheckpointRef => ({ step, path: join(folder, `step-${step}`) });

/** Steps of all finished checkpoints, newest first. */
async function stepsIn({ folder, disk }: Place): Promise<number[]> {
  const found = (await disk.list(folder)).flatMap((name) => FINISHED.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => b - a);
}

/** @throws InputError for a folder where the name of the last checkpoint stands, which no save could replace */
async function requirePointer({ disk, folder }: Place): Promise<void> {
  const path = join(folder, 'latest');
  await disk.read(path).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'EISDIR')
      throw new InputError(`${path} is a folder where the name of the last checkpoint should be; delete it.`);
  });
}

/**
 * The newest checkpoint whose files are all as they were written, with a sentence for each newer one that is not. The folders themselves
 * are looked at: the pointer `latest` is for people.
 */
async function latestIn(place: Place): Promise<LatestCheckpoint> {
  await requirePointer(place);
  const skipped: string[] = [];
  for (const step of await stepsIn(place)) {
    const checkpoint = reference(place, step);
    const found = await problemOfFolder(place.disk, checkpoint);
    if (!found) return { checkpoint, skipped };
    skipped.push(`The checkpoint ${checkpoint.path} was passed over: ${found}.`);
  }
  return { skipped };
}

/**
 * Puts a written folder in place of what may be there, and then the pointer. A folder cannot be replaced in one step: the old one is
 * renamed away first, and a kill between the two leaves the new one under its temporary name.
 */
async function commit(place: Place, written: string, { step, path }: CheckpointRef): Promise<void> {
  const { disk, folder, temporary } = place;
  const old = (await stepsIn(place)).includes(step) ? temporary(`step-${step}`) : undefined;
  if (old) await disk.rename(path, old);
  await disk.rename(written, path);
  if (old) await disk.remove(old);
  await disk.flushFolder(folder);
  const pointer = temporary('latest');
  await disk.write(pointer, `step-${step}\n`);
  await disk.rename(pointer, join(folder, 'latest'));
}

/**
 * Saves a checkpoint.
 * @throws InputError that names the last good one, after what was written was removed
 */
async function saveTo(place: Place, step: number, files: AsyncIterable<CheckpointFile>): Promise<CheckpointRef> {
  const { disk, folder, temporary } = place;
  const [written, checkpoint] = [temporary(`step-${step}`), reference(place, step)];
  try {
    await writeFolder(disk, written, step, files);
    await commit(place, written, checkpoint);
    return checkpoint;
  } catch (error) {
    await disk.remove(written).catch(() => undefined);
    const { checkpoint: good } = await latestIn(place).catch((): LatestCheckpoint => ({ skipped: [] }));
    const last = good ? `the last good one is ${good.path}` : 'there is none before it';
    throw new InputError(
      `The checkpoint of step ${step} could not be written to ${folder} (${problem(error)}); ${last}. Mend that and resume.`,
      { cause: error },
    );
  }
}

/** The checkpoint of a step, read in full. @throws InputError where it is not there, or is not as it was written */
async function findIn(place: Place, step: number): Promise<CheckpointRef> {
  const steps = await stepsIn(place);
  const checkpoint = reference(place, step);
  if (!steps.includes(step)) throw missingStep(place.folder, step, steps);
  const found = await problemOfFolder(place.disk, checkpoint);
  if (found) throw new InputError(`The checkpoint ${checkpoint.path} cannot be used: ${found}. Choose another step.`);
  return checkpoint;
}

/** Removes what `keep` does not name. @returns a sentence for each that could not be removed, which stops no run */
async function pruneIn(place: Place, keep: Keep): Promise<string[]> {
  const failures: string[] = [];
  for (const step of stepsToPrune(await stepsIn(place), keep)) {
    const { path } = reference(place, step);
    try {
      // Renamed first: a removal that stops half-way leaves no half checkpoint behind.
      const renamed = place.temporary(`step-${step}`);
      await place.disk.rename(path, renamed);
      await place.disk.remove(renamed);
    } catch (error) {
      failures.push(`The old checkpoint ${path} could not be removed: ${problem(error)}.`);
    }
  }
  return failures;
}

/**
 * Removes what saves that did not end have left. A kill between the two renames that replace a checkpoint leaves it under temporary
 * names alone: one that is whole gets its name back.
 */
async function cleanIn(place: Place): Promise<void> {
  const { disk, folder } = place;
  const finished = new Set(await stepsIn(place));
  for (const name of await disk.list(folder)) {
    const unfinished = UNFINISHED.exec(name);
    if (!unfinished) continue;
    const [path, step] = [join(folder, name), Number(unfinished[1] ?? NaN)];
    const isLost = unfinished[1] !== undefined && !finished.has(step);
    if (isLost && !(await problemOfFolder(disk, { step, path }))) {
      await disk.rename(path, reference(place, step).path);
      finished.add(step);
    } else {
      await disk.remove(path);
    }
  }
}

/**
 * Checkpoints as folders `step-N` of a folder. A save writes and flushes everything under a temporary name, the manifest
 * with sizes and hashes last, and then renames it; `latest` is rewritten after that. A kill or a full disk at any moment
 * leaves the earlier checkpoints as they were.
 * @param disk the machine's own by default
 */
export function diskCheckpointStore(folder: string, disk: FileSystem = nodeFileSystem): CheckpointStore {
  let serial = 0;
  const temporary = (name: string) => join(folder, `${name}.tmp-${process.pid}-${threadId}-${serial++}`);
  const place: Place = { folder, disk, temporary };
  return {
    save: (step, files) => saveTo(place, step, files),
    // A thread has the machine's own disk alone.
    ...(disk === nodeFileSystem ? { saveInThread: (step, files) => saveInThread({ folder, step }, files) } : {}),
    latest: () => latestIn(place),
    find: (step) => findIn(place, step),
    async read({ path }, name) {
      try {
        return await disk.read(join(path, name));
      } catch (error) {
        throw new InputError(`The checkpoint ${path} has no readable ${name} (${problem(error)}).`, { cause: error });
      }
    },
    prune: (keep) => pruneIn(place, keep),
    clean: () => cleanIn(place),
  };
}
