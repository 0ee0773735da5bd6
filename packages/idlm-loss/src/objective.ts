import type {
  BatchPart,
  Denoiser,
  Family,
  Fed,
  Feeds,
  Parameters,
  RandomStream,
  Spec,
  TokenBatch,
} from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What every objective is built from. */
export interface ObjectiveContext {
  readonly family: Family;
  readonly denoiser: Denoiser;
}

/** The three networks; all have the denoiser's parameter names. Objectives without a fake are given none. */
export interface Networks {
  readonly student: Parameters;
  readonly teacher: Parameters;
  readonly fake: Parameters;
}

/** Clean data on the host, with 1 where tokens are free and 0 at the prompt. */
export interface DistillationBatch extends TokenBatch {
  readonly valid?: Uint8Array;
  /** Which part of a larger batch this is, when gradients are accumulated over several. */
  readonly part?: BatchPart;
  /** Number of the student's update, for what follows a curriculum (default 0). */
  readonly update?: number;
}

/** A scalar to minimise and numbers to log, all scalars on the device. */
export interface LossWithStats {
  readonly loss: Tensor;
  readonly stats: Readonly<Record<string, Tensor>>;
}

/**
 * A distillation objective: host halves draw a step's randomness into feeds, device halves are pure functions of
 * networks and feeds, ready for whole-step compilation.
 */
export interface Objective {
  readonly spec: Spec;
  /** Host: the draws of one student step, from its own batch. */
  studentFeeds(batch: DistillationBatch, random: RandomStream): Feeds;
  /** Device: minimised in the student's parameters. */
  studentLoss(networks: Networks, fed: Fed): LossWithStats;
  /** Host: the draws of one fake step, from its own batch. Absent, with `fakeLoss`: no second network is trained. */
  fakeFeeds?(batch: DistillationBatch, random: RandomStream): Feeds;
  /** Device: minimised in the fake's parameters. */
  fakeLoss?(networks: Networks, fed: Fed): LossWithStats;
  /** Every so many updates the student's average becomes the teacher; absent: the teacher stays. */
  readonly refresh?: { readonly every: number };
  /**
   * Work of one student step and of one fake step on a batch, in forward passes of the network: a pass whose gradient is
   * taken counts as 3. So that objectives can be compared at equal work.
   */
  readonly passes: { readonly student: number; readonly fake: number };
}

/** A forward pass with its gradient, in forward passes. */
export const PASSES_WITH_GRADIENT = 3;

/** An objective that trains a second network in turn. */
export type Adversarial = Objective & Required<Pick<Objective, 'fakeFeeds' | 'fakeLoss'>>;
