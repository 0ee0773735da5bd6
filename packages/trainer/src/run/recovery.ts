import { InputError } from '@idlm/core-diffusion';
import { restoreSnapshot } from '../checkpoints/snapshot';
import type { TrainEvent } from '../logs/events';
import { lastGood } from '../logs/logbook';
import type { RunContext } from './context';
import { tellSaved } from './saving';
import { type RefuseStep, RefusedStep } from '../steps/step';
import { afterRollback, afterSkip, regularStep, spikeIn } from '../health/health-state';

/** Judges the steps of the next update by what is known so far; undefined where the run watches no health. */
export function judgeOf({ options: { health }, progress }: RunContext): RefuseStep | undefined {
  if (!health) return undefined;
  const { losses } = progress.health!;
  return (role, { loss }) => {
    const spike = spikeIn(loss, losses[role], health);
    return spike && `the loss is a spike: ${spike}`;
  };
}

/** The sentence that ends a run. */
function refusal({ progress }: RunContext, error: RefusedStep): InputError {
  return new InputError(
    `Update ${progress.step + 1} was refused: ${error.message}. Its weights are as before; ${lastGood(progress.saved)}. Lower the learning rate or clip the gradient, and resume.`,
    { cause: error },
  );
}

/** Puts the networks of a regular checkpoint back. The updates after it stay made: their batches are not seen again. */
async function* rollBack(context: RunContext, error: RefusedStep): AsyncGenerator<TrainEvent> {
  const { options, progress, logbook } = context;
  const { task, model, identity = {}, store, config, health } = options;
  const { rollbacks, inARow } = progress.health!;
  const back = regularStep(config.checkpointEvery, progress.step - inARow + 1);
  if (!back || rollbacks >= health!.rollbacks) {
    progress.failed = true;
    throw refusal(context, error);
  }
  yield* tellSaved(context);
  const checkpoint = await store.find(back);
  await restoreSnapshot(
    task,
    model,
    identity,
    (name) => store.read(checkpoint, name),
    `The checkpoint ${checkpoint.path}`,
  );
  progress.health = afterRollback(progress.health!);
  yield logbook.tell({ kind: 'rollback', step: progress.step + 1, checkpoint, rollbacks: rollbacks + 1 });
  yield logbook.warn(
    `${inARow} updates in a row were refused, so the weights of step ${back} are put back (${rollbacks + 1} of ${health!.rollbacks} times); the batches in between are not seen again.`,
  );
}

/**
 * What follows an update that failed: where the run watches its health and a step was refused, its batch is skipped, and after several
 * in a row the weights of the last regular checkpoint are put back.
 * @throws InputError where nothing is left to try, and whatever else has failed
 */
export async function* recover(context: RunContext, error: unknown): AsyncGenerator<TrainEvent> {
  const { options, progress, logbook } = context;
  if (!(error instanceof RefusedStep) || !options.health) {
    progress.failed = true;
    throw error instanceof RefusedStep ? refusal(context, error) : error;
  }
  progress.health = afterSkip(progress.health!);
  const { inARow } = progress.health;
  yield logbook.tell({ kind: 'skipped', step: progress.step + 1, reason: error.message, inARow });
  yield logbook.warn(`Update ${progress.step + 1} was refused and its batch is skipped: ${error.message}.`);
  if (inARow >= options.health.patience) yield* rollBack(context, error);
  progress.step++;
}
