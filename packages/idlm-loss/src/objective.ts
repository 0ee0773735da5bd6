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

/** The three networks; all have the denoiser's parameter names. */
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
  /** Host: the draws of one fake step, from its own batch. */
  fakeFeeds(batch: DistillationBatch, random: RandomStream): Feeds;
  /** Device: minimised in the fake's parameters. */
  fakeLoss(networks: Networks, fed: Fed): LossWithStats;
}
