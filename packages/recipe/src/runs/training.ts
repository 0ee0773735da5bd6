import type { Json, NetworkDescription, Spec } from '@idlm/core-diffusion';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import type { Engine } from '@idlm/engine';
import type { Guard, Task } from '@idlm/trainer';
import type { OnEvent, TrainingEvent } from '../events';
import type { RunRole } from '../records/run-records';
import type { Recipe } from '../resolved/recipe';
import type { RunSize } from './memory-estimate';

/** How much a training takes: its network, and what an update does. */
interface TrainingSize extends Pick<
  RunSize,
  'trained' | 'frozen' | 'averaged' | 'kept' | 'batch' | 'accumulate' | 'predicted' | 'drawn'
> {
  /** Training steps of an update. */
  readonly steps: number;
}

/** A network to train as configured: all that is known before an engine is open and weights are read. */
export interface Training {
  /** What is made. */
  readonly role: RunRole;
  /** What is done, such as `Training the teacher`. */
  readonly label: string;
  readonly recipe: Recipe;
  /** The network that is trained. */
  readonly network: NetworkDescription;
  readonly updates: number;
  readonly size: TrainingSize;
  /** The kind of diffusion with its options; undefined for networks that belong to none. */
  readonly family: Spec | undefined;
  /** What was assumed of the model that it is made from, and in what that is used otherwise than it was trained, in sentences. */
  readonly notes?: readonly string[];
  /**
   * Opens it on an engine: weights are read or drawn.
   * @param ranks those that share it (default: this process alone)
   * @throws InputError if what it starts from cannot be read, or an update has fewer batches than there are ranks
   */
  open(engine: Engine, ranks?: Communicator): Promise<OpenTraining>;
}

/** A training that can run. */
export interface OpenTraining {
  readonly task: Task;
  /** Further files of its checkpoints, beside those of the tokenizer. */
  readonly files?: Readonly<Record<string, string>>;
  /** Hashes that a resumed run must share, beside those of data and tokenizer. */
  readonly identity?: Readonly<Record<string, Json>>;
  /** Makes what keeps the last good result and may end the run: it takes its time, so only once the run may begin. */
  guard?(onEvent?: OnEvent<TrainingEvent>, signal?: AbortSignal): Promise<Guard | undefined>;
  /** Throws what is to be said of an error that ended the run. */
  explain?(error: unknown): Promise<never>;
  dispose(): void;
}
