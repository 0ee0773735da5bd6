import { deserialize, serialize } from 'node:v8';
import { fromFirst, oneRank } from '@idlm/core-diffusion/ranks';
import type { TrainEvent } from '../logs/events';
import type { RunContext } from './context';
import { afterCheck, isCheckDue, verdictOf } from './guard';
import type { GuardCheck } from './guard-contract';
import type { TrainerOptions } from './options';

/** The signal, where one process may heed it by itself: of several ranks each would leave the others at another place. */
export const signalOfOne = ({ signal, ranks = oneRank }: TrainerOptions): AbortSignal | undefined =>
  ranks.size === 1 ? signal : undefined;

/** What the guard of rank 0 finds, though all look: rounding differs between machines, and ranks must not. */
async function foundByAll(options: TrainerOptions, look: () => Promise<GuardCheck>): Promise<GuardCheck> {
  const own = await look();
  const { ranks = oneRank } = options;
  return ranks.size === 1 ? own : (deserialize(await fromFirst(ranks, async () => serialize(own))) as GuardCheck);
}

/** What the guard says of the present average; nothing when the signal ends the run meanwhile. */
async function check({ options, progress }: RunContext): Promise<GuardCheck | undefined> {
  const { task, model, guard } = options;
  const signal = signalOfOne(options);
  const parameters = task.networks()[task.result]!.ema;
  try {
    const found = await foundByAll(options, () => guard!.check(parameters, progress.step, signal));
    const weights = { parameters, network: model.network, role: task.result };
    const verdict = verdictOf(found, progress.guard!);
    progress.guard = await afterCheck(progress.guard!, found, progress.step, weights);
    return { ...found, verdict };
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/**
 * Makes the guard's check, where one is due: judges what it found, counts those that failed, keeps a copy of the weights where they are the best so
 * far, and tells it to the logs.
 * @returns whether a check was made; false also where the signal ended the run meanwhile, so that it is made when the run goes on
 */
export async function* checkIfDue(context: RunContext): AsyncGenerator<TrainEvent, boolean> {
  const { options, progress, logbook } = context;
  if (!options.guard || !isCheckDue(options.guard, progress.guard!, progress.step)) return false;
  const found = await check(context);
  if (!found) return false;
  const { verdict, metrics, reason, alarms = [] } = found;
  progress.reason = reason;
  yield logbook.tell({ kind: 'guard', step: progress.step, verdict, failures: progress.guard!.failures, metrics });
  for (const message of alarms) yield logbook.tell({ kind: 'alarm', step: progress.step, message });
  return true;
}
