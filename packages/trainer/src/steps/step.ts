import type { Engine } from '@idlm/engine';
import type { NetworkState } from '../networks/network-state';
import type { EmaOptions } from '../optimizers/ema';
import type { Optimizer } from '../optimizers/optimizer';
import type { Frozen, StepLoss } from './gradients';
import type { OverRanks } from './sum-over-ranks';

/** How one network is optimised. */
export interface OptimizerOptions {
  /** How gradients move the weights (default `adamw()`). */
  readonly method?: Optimizer;
  /** Rate of update k = 0, 1, …; see `learningRate`. */
  readonly rate: (update: number) => number;
  /** Largest global norm of the gradient, over all weights and after the mean over parts; none by default. */
  readonly clip?: number;
  readonly ema: EmaOptions;
}

/** What a step is made from. */
export interface StepOptions<Feeds extends object = object> extends OverRanks {
  readonly engine: Engine;
  /** Role of the trained network, for messages. */
  readonly role: string;
  readonly optimizer: OptimizerOptions;
  readonly loss: StepLoss<Feeds>;
  /** Weights from which on a network is updated tensor by tensor, which takes less memory and no other numbers (default 2²⁵). */
  readonly largeFrom?: number;
}

/** One update to make. */
export interface StepRequest<Feeds extends object = object> {
  readonly state: NetworkState;
  readonly frozen?: Frozen;
  /** Feeds of each part of the batch; with more than one, the parts' gradients are averaged. Emptied as they are uploaded. */
  readonly parts: Feeds[];
  /** Parts of the batch on all ranks (default: those of this one). */
  readonly of?: number;
  /** Called once the device has its work: the moment to prepare the next feeds. */
  readonly meanwhile?: () => void;
  /** Asked once loss and gradient are known to be finite. */
  readonly refuse?: RefuseStep;
  /** Whether the ratio of update and weights is reported, which takes a pass over them (default: not). */
  readonly measured?: boolean;
}

/** What a step reports, for logs; means over the parts of the batch, of the weights before the update. */
export interface StepReport {
  readonly loss: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
  readonly rate: number;
  readonly stats: Readonly<Record<string, number>>;
  /** ‖Δw‖ / ‖w‖ over all weights, where it was asked for and w is not 0. */
  readonly updateRatio?: number;
}

/** A step was refused before it was applied. The network is as it was. */
export class RefusedStep extends Error {
  override readonly name: string = 'RefusedStep';
  constructor(
    readonly role: string,
    message: string,
  ) {
    super(message);
  }
}

/** A step was refused, since its loss or gradient is not finite. */
export class NonFiniteStep extends RefusedStep {
  override readonly name = 'NonFiniteStep';
  constructor(
    role: string,
    readonly value: string,
  ) {
    super(role, `${value} of the ${role} is not finite`);
  }
}

/** Says as a clause why a step is not to be applied, by what the host sees of it before; undefined where it may. */
export type RefuseStep = (role: string, seen: Pick<StepReport, 'loss' | 'gradientNorm'>) => string | undefined;

/** A training step of one network. */
export interface TrainingStep<Feeds extends object = object> {
  /**
   * Makes one update and frees the old state.
   * @throws NonFiniteStep, and RefusedStep where `refuse` says why, before anything is changed
   */
  run(request: StepRequest<Feeds>): Promise<{ readonly state: NetworkState; readonly report: StepReport }>;
  dispose(): void;
}
