import { InputError } from '@idlm/core-diffusion';
import { oneRank } from '@idlm/core-diffusion/ranks';
import { holdNetworks } from '../checkpoints/held-networks';
import { type SavedTask, snapshotFiles } from '../checkpoints/snapshot';
import type { CheckpointRef, Keep } from '../checkpoints/store';
import { regularStep } from '../health/health-state';
import type { TrainEvent } from '../logs/events';
import { lastGood } from '../logs/logbook';
import { groupsOf } from '../networks/network-state';
import type { RunContext, Saved, Saving } from './context';
import { requireSameNetworks } from './same-networks';

/** Bytes of a checkpoint's tensors from which on it is written beside updates: below, a thread takes longer than it saves. */
const BESIDE_FROM = 2 ** 24;

/** The share of free memory that tensors may take that stay for a checkpoint alone. */
const MEMORY_SHARE = 0.5;

/** Bytes of all tensors of a task's networks. */
const bytesOf = ({ networks }: SavedTask): number => {
  const groups = Object.values(networks()).flatMap((state) => Object.values(groupsOf(state)));
  return groups.flatMap((tensors) => Object.values(tensors)).reduce((sum, { size }) => sum + 4 * size, 0);
};

/** The files of a checkpoint of the present step. @param task the networks, as they are or held */
function filesOf({ options, progress }: RunContext, task: SavedTask) {
  const { model, identity = {} } = options;
  return snapshotFiles(task, progress.step, model, identity, progress.guard, progress.health);
}

/** All that the logs say of a step is on the disk before its checkpoint: logs go on from it, and may say more than it, not less. */
async function requireSaveable({ options, progress, logbook }: RunContext): Promise<void> {
  const { step, failed, saved } = progress;
  if (failed) throw new InputError(`The run failed after step ${step}; ${lastGood(saved)}.`);
  await requireSameNetworks(options.ranks ?? oneRank, options.task.networks(), step);
  await logbook.flush();
}

/**
 * Saves the present state, after one that is being written.
 * @throws InputError after an update that failed, whose state may be no state of any step; and where the store cannot write
 */
export async function saveNow(context: RunContext): Promise<CheckpointRef> {
  const { options, progress } = context;
  await progress.saving?.settled;
  await requireSaveable(context);
  return (progress.saved = await options.store.save(progress.step, filesOf(context, options.task)));
}

/** Which checkpoints stay: as configured, that of the result, and that to which weights may be put back. */
const keepOf = ({ options: { config }, progress: { guard, health, step } }: RunContext): Keep => ({
  ...(config.keep ?? { last: 3 }),
  steps: [
    ...(config.keepBest && guard?.kept ? [guard.kept.step] : []),
    ...(health ? [regularStep(config.checkpointEvery, step - health.inARow)] : []),
  ],
});

/** Saves, tells, and removes old checkpoints. */
export async function* saveAndPrune(context: RunContext): AsyncGenerator<TrainEvent> {
  const { options, progress, logbook } = context;
  yield* tellSaved(context);
  const checkpoint = await saveNow(context);
  yield logbook.tell({ kind: 'checkpoint', step: progress.step, checkpoint });
  for (const message of await options.store.prune(keepOf(context))) yield logbook.warn(message);
}

/** Waits for the checkpoint that is written beside updates, if there is one, and tells of it. @throws InputError where it cannot be written */
export async function* tellSaved({ progress, logbook }: RunContext): AsyncGenerator<TrainEvent> {
  const { saving } = progress;
  if (!saving) return;
  try {
    const { checkpoint, failures } = await saving.result;
    yield logbook.tell({ kind: 'checkpoint', step: saving.step, checkpoint });
    for (const message of failures) yield logbook.warn(message);
  } finally {
    progress.saving = undefined;
  }
}

/** Whether a checkpoint is large enough to be written beside updates, and memory is there for what it holds. */
function isBeside({ options: { task, store, config } }: RunContext): boolean {
  const bytes = bytesOf(task);
  const { besideFrom = BESIDE_FROM } = config;
  return store.saveInThread !== undefined && bytes >= besideFrom && bytes < MEMORY_SHARE * process.availableMemory();
}

/** Begins to save the present state beside the updates that follow. */
function beginSaving(context: RunContext): Saving {
  const { options, progress } = context;
  const { store, task } = options;
  const [{ step }, keep] = [progress, keepOf(context)];
  const held = holdNetworks(task);
  const save = async (): Promise<Saved> => {
    const checkpoint = await store.saveInThread!(step, filesOf(context, held.task)).finally(() => held.release());
    progress.saved = checkpoint;
    return { checkpoint, failures: await store.prune(keep) };
  };
  const result = save();
  const saving: Saving = {
    step,
    ended: false,
    result,
    // A failure is told by whoever waits for the result.
    settled: result.then(
      () => void (saving.ended = true),
      () => void (saving.ended = true),
    ),
  };
  return saving;
}

/** Saves the present state, beside the updates that follow where that is worth it; the one before is told first. */
export async function* saveDue(context: RunContext): AsyncGenerator<TrainEvent> {
  if (isBeside(context)) {
    yield* tellSaved(context);
    await requireSaveable(context);
    context.progress.saving = beginSaving(context);
  } else yield* saveAndPrune(context);
}
