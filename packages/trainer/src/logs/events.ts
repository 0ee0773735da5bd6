import type { CheckpointRef } from '../checkpoints/store';
import type { Metrics } from '../tasks/task';

/** A text that a network has written; with its parts where it was given a prompt. */
export interface SampledText {
  /** All of it. */
  readonly text: string;
  readonly prompt?: string;
  /** What was written. */
  readonly completion?: string;
}

/** What happens in a run, in order. */
export type TrainEvent =
  | {
      readonly kind: 'start';
      /** Updates already made. */
      readonly step: number;
      /** Updates in all. */
      readonly updates: number;
      /** The checkpoint that the run goes on from. */
      readonly resumed?: CheckpointRef;
    }
  | {
      readonly kind: 'metrics';
      /** Updates made. */
      readonly step: number;
      readonly metrics: Metrics;
      /** Since the last such event. */
      readonly tokensPerSecond: number;
    }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly checkpoint: CheckpointRef }
  | {
      readonly kind: 'guard';
      readonly step: number;
      readonly verdict: 'keep' | 'wait' | 'fail';
      /** Checks in a row, this one included, that were not good. */
      readonly failures: number;
      /** Numbers of the check, such as `guard/pairs`. */
      readonly metrics: Metrics;
    }
  | { readonly kind: 'samples'; readonly step: number; readonly texts: readonly SampledText[] }
  /** An update was refused, and its batch skipped. */
  | {
      readonly kind: 'skipped';
      /** That it would have been, counted from 1. */
      readonly step: number;
      readonly reason: string;
      /** Batches skipped in a row. */
      readonly inARow: number;
    }
  /** The weights of an earlier checkpoint were put back. */
  | {
      readonly kind: 'rollback';
      readonly step: number;
      readonly checkpoint: CheckpointRef;
      /** How often so far. */
      readonly rollbacks: number;
    }
  /** What a guard was alarmed by. */
  | { readonly kind: 'alarm'; readonly step: number; readonly message: string }
  | { readonly kind: 'warning'; readonly step: number; readonly message: string };

/** The numbers that logs hold of an event, by name; undefined for one without. */
export function numbersOf(event: TrainEvent): Metrics | undefined {
  switch (event.kind) {
    case 'metrics':
    case 'guard':
      return event.metrics;
    case 'skipped':
      return { 'health/skipped-in-a-row': event.inARow };
    case 'rollback':
      return { 'health/rollbacks': event.rollbacks };
    default:
      return undefined;
  }
}

/** Where events go besides the caller: a file, a service. */
export interface LogSink {
  /** Called once, before the first event: what an earlier run wrote after `step` is dropped. */
  start(step: number): Promise<void>;
  write(event: TrainEvent): Promise<void>;
  /** All that was written is on the disk afterwards; called before each checkpoint. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
