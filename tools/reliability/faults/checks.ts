import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isInputError } from '@idlm/core-diffusion';
import { diskCheckpointStore } from '@idlm/trainer';
import { stepsOfEvents } from './event-file';
import { type TrialRun, train } from './training';

/** What is lost of a run's checkpoints, of which the one of a step had been told. */
export async function lostCheckpoints(path: string, told: number): Promise<string[]> {
  const { checkpoint, skipped } = await diskCheckpointStore(join(path, 'checkpoints')).latest();
  const step = checkpoint?.step ?? 0;
  return [
    ...skipped,
    ...(step < told ? [`The checkpoint of step ${told} was told, and the newest is of step ${step}.`] : []),
  ];
}

/** Every byte that two equal runs share at a step, by name. */
async function bytesOf(path: string, step: number): Promise<ReadonlyMap<string, string>> {
  const folder = join(path, 'checkpoints', `step-${step}`);
  const files = [join(path, 'metrics.jsonl'), ...(await readdir(folder)).sort().map((name) => join(folder, name))];
  const read = files.map(async (file) => [file.slice(path.length), (await readFile(file)).toString('latin1')] as const);
  return new Map(await Promise.all(read));
}

/** What of a run differs from an unbroken one of as many updates, which is made beside it, down to the byte. */
async function lostBytes(path: string, updates: number): Promise<string[]> {
  const unbroken = `${path}-unbroken`;
  await train({ path: unbroken, mode: 'new', updates, every: updates });
  const [expected, found] = [await bytesOf(unbroken, updates), await bytesOf(path, updates)];
  return [...expected].flatMap(([name, bytes]) =>
    found.get(name) === bytes ? [] : [`${name} is not that of an unbroken run.`],
  );
}

/** What is lost of a run's points: each step has one, in order, and no record ends the reading. */
async function lostPoints(path: string, updates: number): Promise<string[]> {
  try {
    const steps = await stepsOfEvents(path);
    const wrong = Array.from({ length: Math.max(updates, steps.length) }, (_, i) => i).find((i) => steps[i] !== i + 1);
    return wrong === undefined ? [] : [`Point ${wrong + 1} of the event files is that of step ${steps[wrong]}.`];
  } catch (error) {
    return [`${(error as Error).message}.`];
  }
}

/** Lets a run go on for some updates, and says what it has lost of what an unbroken one has: bytes of model, state and metrics, and points. */
export async function lostInTheEnd(run: Omit<TrialRun, 'mode' | 'updates'>): Promise<string[]> {
  const { checkpoint } = await diskCheckpointStore(join(run.path, 'checkpoints')).latest();
  const updates = (checkpoint?.step ?? 0) + 3;
  await train({ ...run, mode: 'resume', updates });
  return [...(await lostBytes(run.path, updates)), ...(await lostPoints(run.path, updates))];
}

/** Conditions of a disk that the command puts into words. */
const CONDITIONS = ['ENOSPC', 'EROFS', 'EACCES', 'EPERM'];

/** What is wrong with how a run ended that could not write: it says so, and nothing else. */
export async function lostMessage(run: Promise<unknown>): Promise<string[]> {
  try {
    await run;
    return [];
  } catch (error) {
    const isTold = isInputError(error) || CONDITIONS.includes((error as NodeJS.ErrnoException).code ?? '');
    return isTold ? [] : [`It ended with ${String(error)}`];
  }
}
