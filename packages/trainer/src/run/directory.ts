import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type Json } from '@idlm/core-diffusion';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { diskCheckpointStore } from '../checkpoints/disk-store';
import type { CheckpointStore } from '../checkpoints/store';
import type { LogSink } from '../logs/events';
import { metricsFile, requireMetrics } from '../logs/metrics-file';
import { samplesFolder } from '../logs/samples-folder';
import { tensorBoardFile } from '../logs/tensorboard';
import { acquireLock } from './lock';

/** Names of what a run's folder holds; event files of TensorBoard lie beside them. */
export const RUN_FILES = {
  config: 'config.resolved.json',
  manifest: 'manifest.json',
  metrics: 'metrics.jsonl',
  checkpoints: 'checkpoints',
  samples: 'samples',
  lock: 'run.lock',
} as const;

/** What is to become of a folder that exists. */
export type RunMode =
  /** Refuse it. */
  | 'new'
  /** Go on from its last checkpoint. */
  | 'resume'
  /** Delete the run in it. */
  | 'force';

/** How a run's folder is opened. */
export interface RunOptions {
  readonly path: string;
  readonly mode: RunMode;
  /** The whole configuration, for `config.resolved.json`. */
  readonly config: Json;
  /** What the run makes, such as a teacher: the first word of `manifest.json`. A run of another kind is left alone. */
  readonly role?: string;
  /** Versions, hashes and seed, for `manifest.json`; a function of the updates that the run has made where it begins. */
  readonly manifest: Json | ((step: number) => Json);
  /** Milliseconds since 1970, for TensorBoard. */
  readonly clock: () => number;
}

/** An open folder of a run; no other process writes to it until it is closed. */
export interface RunDirectory {
  readonly path: string;
  readonly checkpoints: CheckpointStore;
  /** Metrics, TensorBoard and samples. */
  readonly sinks: readonly LogSink[];
  close(): Promise<void>;
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** @throws InputError unless the mode fits what the folder holds */
function checkMode(path: string, mode: RunMode, entries: readonly string[]): void {
  const isRun = entries.includes(RUN_FILES.config);
  if (mode === 'resume' && !isRun)
    throw new InputError(`${path} holds no run to resume; name the folder of one, or leave out --resume.`);
  if (entries.length === 0 || mode === 'resume') return;
  if (mode === 'new')
    throw new InputError(
      isRun
        ? `${path} holds a run already; go on with --resume, replace it with --force, or name another folder.`
        : `${path} exists and is not empty; name another folder.`,
    );
  if (!isRun)
    throw new InputError(`${path} is not empty and holds no run, so --force does not delete it; name another folder.`);
}

/** What the run in a folder makes; undefined where that is not told. @throws InputError if its manifest is damaged */
async function roleIn(path: string): Promise<string | undefined> {
  const name = join(path, RUN_FILES.manifest);
  try {
    const { role } = JSON.parse(await readFile(name, 'utf8')) as { role?: unknown };
    return typeof role === 'string' ? role : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(`${name} is damaged, so what ${path} holds is not known; name another folder, or delete it.`);
  }
}

/** @throws InputError if the folder holds a run that makes something else */
async function checkRole(path: string, mode: RunMode, role: string | undefined): Promise<void> {
  if (mode === 'new' || role === undefined) return;
  const found = await roleIn(path);
  if (found === undefined || found === role) return;
  throw new InputError(
    `${path} holds the run of a ${found}, and this is one of a ${role}, which ${mode === 'force' ? 'does not replace it' : 'cannot go on with it'}; name another folder, or delete that one.`,
  );
}

const write = (path: string, value: Json): Promise<void> =>
  writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);

/** Does something once a run begins: a resumed one that is refused before leaves its records as they were. */
const atStart = (act: (step: number) => Promise<void>): LogSink => ({
  start: act,
  write: async () => {},
  flush: async () => {},
  close: async () => {},
});

/**
 * Opens the folder of a run: configuration, manifest, metrics, event files, checkpoints and samples.
 * @throws InputError if the folder does not fit the mode, its metrics are damaged, or another process writes to it
 */
export async function openRunDirectory(options: RunOptions): Promise<RunDirectory> {
  const { path, mode, role, config, manifest, clock } = options;
  const inRun = (name: string) => join(path, name);
  // The lock of another process is made beside its name, and is no content either.
  const unlocked = async () => (await entriesOf(path)).filter((name) => !name.startsWith(RUN_FILES.lock));
  checkMode(path, mode, await unlocked());
  const lock = await acquireLock(inRun(RUN_FILES.lock));
  try {
    const entries = await unlocked();
    checkMode(path, mode, entries);
    await checkRole(path, mode, role);
    if (mode === 'resume') await requireMetrics(inRun(RUN_FILES.metrics));
    if (mode === 'force') await Promise.all(entries.map((name) => rm(inRun(name), { recursive: true })));
    const records = async (step: number) => {
      const told = typeof manifest === 'function' ? manifest(step) : manifest;
      await write(inRun(RUN_FILES.config), config);
      await write(inRun(RUN_FILES.manifest), role === undefined ? told : { role, ...(told as object) });
    };
    if (mode !== 'resume') await records(0);
    const checkpoints = diskCheckpointStore(inRun(RUN_FILES.checkpoints));
    await checkpoints.clean();
    const sinks = [
      atStart(records),
      metricsFile(inRun(RUN_FILES.metrics)),
      tensorBoardFile({ folder: path, clock }),
      samplesFolder(inRun(RUN_FILES.samples)),
    ];
    return { path, checkpoints, sinks, close: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
