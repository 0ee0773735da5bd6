import type { TrainEvent, TrainResult } from '@idlm/trainer';
import type { OnEvent, TrainingEvent } from '../events';
import type { SettingChange } from '../records/run-settings';

/** Tells of a run's events until it ends. @throws what the run or whoever listens throws, once the run has ended */
export async function follow(
  events: AsyncGenerator<TrainEvent, TrainResult>,
  changes: readonly SettingChange[],
  tell: OnEvent<TrainingEvent>,
): Promise<TrainResult> {
  try {
    for (let next = await events.next(); ; next = await events.next()) {
      if (next.done) return next.value;
      const event = next.value;
      tell(event.kind === 'start' ? { ...event, changes } : event);
    }
  } finally {
    // Whoever listens may throw: what the run has begun ends then.
    await events.return(undefined as never);
  }
}
