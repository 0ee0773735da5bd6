import type { Engine } from '@idlm/engine';
import type { Drift, ManifestBound, ResultInputs, ResultManifest, SweepCell } from '@idlm/evaluation';
import type { PreparedCorpus, ReadingProgress } from '@idlm/data';
import type { Metrics, TrainEvent, TrainResult } from '@idlm/trainer';
import type { Config } from './config/schema';
import type { SettingChange } from './records/run-settings';
import type { Keeping } from './text/corpus';

/** What happens in a job before and beside its training, in order. Sentences are about models and text; all else is values. */
export type PreparationEvent =
  /** The text is read: bytes of all readings so far, none at the beginning. */
  | ({ readonly kind: 'reading' } & ReadingProgress)
  /** The text is there. */
  | { readonly kind: 'text'; readonly data: Config['data']; readonly corpus: PreparedCorpus }
  /** An engine is open. */
  | { readonly kind: 'engine'; readonly engine: Engine }
  /** What had to be assumed, or is to be known, in a sentence. */
  | { readonly kind: 'note'; readonly message: string }
  /** What is to be heeded, in a sentence. */
  | { readonly kind: 'caution'; readonly message: string };

/** What happens while a network is trained: the events of the trainer, and more. */
export type TrainingEvent =
  | Exclude<TrainEvent, { readonly kind: 'start' }>
  /** It begins, or goes on: with what changes of how it began or went on last. */
  | (Extract<TrainEvent, { readonly kind: 'start' }> & { readonly changes: readonly SettingChange[] })
  /** Every update as soon as it is made; `metrics` come every `logs.every` updates. */
  | { readonly kind: 'update'; readonly step: number; readonly updates: number; readonly metrics: Metrics }
  /** What the guard measures the student's drift by: the teacher's at so many steps, and what chance alone shows. */
  | {
      readonly kind: 'drift-limits';
      readonly steps: number;
      readonly samples: number;
      readonly teacher: Drift;
      readonly floor: Drift;
    }
  /** A guard is configured, and too little is held out to measure drift from. */
  | { readonly kind: 'unguarded' }
  /** The run has ended, and all of it is saved. */
  | { readonly kind: 'end'; readonly result: TrainResult };

/** An event of a training with what is trained, such as `Training the teacher`. */
export type LabelledTrainingEvent = TrainingEvent & { readonly label: string };

/** What happens in an evaluation. */
export type EvaluationEvent =
  /** What the numbers will follow from, before anything is sampled. */
  | { readonly kind: 'inputs'; readonly inputs: ResultInputs & Pick<ResultManifest, 'engine' | 'versions'> }
  /** A cell of the sweep is sampled and judged: so many of so many. */
  | { readonly kind: 'cell'; readonly row: SweepCell; readonly done: number; readonly cells: number }
  /** The bound on the likelihood of the text under a model. */
  | {
      readonly kind: 'bound';
      readonly model: string;
      readonly bound: ManifestBound;
      /** Whether the text is training text, since nothing is held out. */
      readonly heldOutIsTraining: boolean;
    };

/** What happens in a job, in order. */
export type JobEvent = PreparationEvent | LabelledTrainingEvent | EvaluationEvent;

/** Told of events as they happen. It must not throw. */
export type OnEvent<Event = JobEvent> = (event: Event) => void;

/** Tells of a reading as an event. */
export const readingOf =
  (onEvent?: OnEvent<PreparationEvent>) =>
  (progress: ReadingProgress): void =>
    onEvent?.({ kind: 'reading', ...progress });

/** Keeps large texts beside a run, and tells of it as an event. */
export const keepingOf = (run: string, onEvent?: OnEvent<PreparationEvent>): Keeping => ({
  run,
  note: (message) => onEvent?.({ kind: 'note', message }),
});
