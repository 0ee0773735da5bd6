import { InputError } from '@idlm/core-diffusion';
import type { CheckpointRef } from '../checkpoints/store';
import type { LogSink, TrainEvent } from './events';

/** The last good checkpoint as a clause of a message. */
export const lastGood = (saved: CheckpointRef | undefined): string =>
  `the last good checkpoint is ${saved?.path ?? 'none'}`;

/** All sinks of a run as one. */
export interface Logbook {
  start(): Promise<void>;
  /** Writes an event everywhere and gives it back. @throws InputError naming the step if a sink cannot write */
  tell(event: TrainEvent): Promise<TrainEvent>;
  warn(message: string): Promise<TrainEvent>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The sinks of a run as one: what is told goes to all of them at the same time.
 * @param sinks where events are written; none is fine
 * @param now where the run is, for messages
 */
export function createLogbook(
  sinks: readonly LogSink[],
  now: () => { readonly step: number; readonly saved?: CheckpointRef },
): Logbook {
  const each = async (act: (sink: LogSink) => Promise<void>): Promise<void> => {
    // All of them end before one is blamed, so that none still writes when the run is closed.
    const ended = await Promise.allSettled(sinks.map(act));
    const failed = ended.find((one) => one.status === 'rejected');
    if (!failed) return;
    const { step, saved } = now();
    throw new InputError(
      `The log of step ${step} could not be written (${(failed.reason as Error).message}); ${lastGood(saved)}. Mend that and resume.`,
      { cause: failed.reason },
    );
  };
  const tell = async (event: TrainEvent) => {
    await each((sink) => sink.write(event));
    return event;
  };
  return {
    tell,
    warn: (message) => tell({ kind: 'warning', step: now().step, message }),
    start: () => each((sink) => sink.start(now().step)),
    flush: () => each((sink) => sink.flush()),
    close: () => each((sink) => sink.close()),
  };
}
