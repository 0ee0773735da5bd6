import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { InputError } from '@idlm/core-diffusion';
import { anyRank, oneRank } from '@idlm/core-diffusion/ranks';
import { restoreGuard } from '../checkpoints/guard-state';
import { STATE, parseState, restoreSnapshot } from '../checkpoints/snapshot';
import { requireState } from '../checkpoints/state-check';
import type { LatestCheckpoint } from '../checkpoints/store';
import { afterUpdate, healthy } from '../health/health-state';
import { reachedLimit } from '../health/limits';
import { judgeOf, recover } from './recovery';
import type { SampledText, TrainEvent } from '../logs/events';
import type { Metrics, Task } from '../tasks/task';
import type { RunContext } from './context';
import { guardSentence, isStopped, noChecks } from './guard';
import { checkIfDue, signalOfOne } from './guard-check';
import type { TrainerOptions } from './options';
import { saveAndPrune, saveDue, tellSaved } from './saving';
import { speedometer } from './speedometer';

/** Whether something is done after this step, counted from 1, when it is done after every so many; never without a number or at 0. */
const isDue = (step: number, every: number | undefined): boolean => !!every && step % every === 0;

/**
 * The checkpoint to go on from, with a sentence for each that was passed over. None where nothing is resumed or nothing was saved yet.
 * @throws InputError where there are checkpoints and none can be used, and for a step that is not there
 */
async function chooseCheckpoint({ store, resume }: TrainerOptions): Promise<LatestCheckpoint> {
  if (!resume) return { skipped: [] };
  if (resume !== 'latest') return { checkpoint: await store.find(resume.step), skipped: [] };
  const found = await store.latest();
  if (!found.checkpoint && found.skipped.length)
    throw new InputError(`No checkpoint can be resumed. ${found.skipped.join(' ')}`);
  return found;
}

/**
 * Restores what there is to go on from, and then opens the logs at that step: weights, moments, averages, random streams and the guard's
 * checks, so that what follows is bit for bit what would have followed.
 * @throws InputError for a checkpoint of another task or network
 */
export async function* begin({ options, progress, logbook }: RunContext): AsyncGenerator<TrainEvent> {
  const { task, model, identity = {}, store, resume, config } = options;
  const { checkpoint, skipped } = await chooseCheckpoint(options);
  if (checkpoint) {
    const read = (name: string) => store.read(checkpoint, name);
    const what = `The checkpoint ${checkpoint.path}`;
    const state = parseState(await read(STATE), what);
    requireState(state, what, task);
    progress.step = await restoreSnapshot(task, model, identity, read, what);
    progress.saved = checkpoint;
    if (options.health) progress.health = state.health ?? healthy;
    if (options.guard) progress.guard = state.guard ? await restoreGuard(state.guard, read) : noChecks;
  }
  await logbook.start();
  const resumed = checkpoint ? { resumed: checkpoint } : {};
  yield logbook.tell({ kind: 'start', step: progress.step, updates: config.updates, ...resumed });
  for (const message of skipped) yield logbook.warn(message);
  if (resume && !checkpoint) yield logbook.warn('There is no checkpoint yet; the run begins anew.');
}

/** The losses of an update, by the role of the network. */
function lossesOf({ optimizers }: Task, metrics: Metrics): Readonly<Record<string, number>> {
  const losses = Object.keys(optimizers).map((role) => [role, metrics[`${role}/loss`]] as const);
  return Object.fromEntries(losses.filter((one): one is readonly [string, number] => one[1] !== undefined));
}

/** The next update; undefined where its batch is skipped. @throws InputError naming it, what is wrong, and the last good checkpoint */
async function* update(context: RunContext): AsyncGenerator<TrainEvent, Metrics | undefined> {
  const { options, progress } = context;
  const { task, health, config } = options;
  try {
    const isLogged = isDue(progress.step + 1, config.logEvery ?? 1);
    const metrics = await task.update(progress.step, judgeOf(context), isLogged);
    progress.step++;
    if (health) progress.health = afterUpdate(progress.health!, lossesOf(task, metrics), health);
    return metrics;
  } catch (error) {
    yield* recover(context, error);
    return undefined;
  }
}

/** Texts of the present average; none when the signal ends the run meanwhile. */
async function drawSamples({ options, progress }: RunContext): Promise<readonly SampledText[] | undefined> {
  const { task, sample } = options;
  const signal = signalOfOne(options);
  try {
    return await sample?.(task.networks()[task.result]!.ema, progress.step, signal);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** The limit that the run has reached since it began, as a clause. */
const limitOf = ({ options: { limits, clock } }: RunContext, began: number): string | undefined =>
  limits && reachedLimit(limits, { milliseconds: clock() - began, bytes: process.memoryUsage.rss() });

/** Whether updates are left, and neither guard nor the signal or a limit of any rank ends the run. */
async function goesOn({ options, progress }: RunContext): Promise<boolean> {
  const { config, signal, guard, ranks = oneRank } = options;
  if (progress.step >= config.updates || (guard && isStopped(guard, progress.guard!))) return false;
  return !(await anyRank(ranks, Boolean(signal?.aborted) || progress.limit !== undefined));
}

/** Makes updates until the last one, the signal or the guard's end of patience. */
export async function* makeUpdates(context: RunContext): AsyncGenerator<TrainEvent> {
  const { options, progress, logbook } = context;
  const { task, config, clock, guard, signal, limits } = options;
  const speed = speedometer(clock, progress.step, task.tokensPerUpdate);
  // A check that an interrupt kept a run from is made when it goes on, and belongs to the same step.
  if (yield* checkIfDue(context)) yield* saveAndPrune(context);
  const began = limits ? clock() : 0;
  while (await goesOn(context)) {
    const metrics = yield* update(context);
    const { step } = progress;
    if (metrics && isDue(step, config.logEvery ?? 1))
      yield logbook.tell({ kind: 'metrics', step, metrics, tokensPerSecond: speed.read(step) });
    const isBest = (yield* checkIfDue(context)) && config.keepBest === true && progress.guard!.kept?.step === step;
    const texts = isDue(step, config.sampleEvery) ? await drawSamples(context) : undefined;
    if (texts) yield logbook.tell({ kind: 'samples', step, texts });
    if (isBest || isDue(step, config.checkpointEvery)) yield* saveDue(context);
    else if (progress.saving?.ended) yield* tellSaved(context);
    progress.limit = limitOf(context, began);
    // Updates may run without a pause on the engine; signals and timers need one.
    await turnOfEventLoop();
  }
  if (progress.limit !== undefined && progress.step < config.updates)
    yield logbook.warn(`The run ends after update ${progress.step}, since ${progress.limit}.`);
  const sentence = guard && !signal?.aborted && guardSentence(guard, progress.guard!, progress.reason);
  if (sentence) yield logbook.warn(sentence);
}
