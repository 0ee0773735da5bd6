import type { DiffusionModel, LossBatch, Parameters, RandomStream, Spec, Uploaded } from '@idlm/core-diffusion';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What every objective is built from. */
export type ObjectiveContext = DiffusionModel;

/** The three networks; all have the denoiser's parameter names. Objectives without a fake are given none. */
export interface Networks {
  readonly student: Parameters;
  readonly teacher: Parameters;
  readonly fake: Parameters;
}

/**
 * Clean data on the host, with 1 in `valid` where tokens are free and 0 at the prompt; the number of its `update` is the
 * student's (default 0).
 */
export type DistillationBatch = LossBatch;

/** A scalar to minimise and numbers to log, all scalars on the device. */
export interface LossWithStats {
  readonly loss: Tensor;
  readonly stats: Readonly<Record<string, Tensor>>;
}

/**
 * A distillation objective: host halves draw a step's randomness into feeds, device halves are pure functions of
 * networks and feeds, ready for whole-step compilation. `StudentFeeds` and `FakeFeeds` are what it draws: feeds, or groups of
 * feeds, which code that is about any objective hands on without reading them.
 */
export interface Objective<StudentFeeds extends object = object, FakeFeeds extends object = StudentFeeds> {
  readonly spec: Spec;
  /** Host: the draws of one student step, from its own batch. */
  studentFeeds(batch: DistillationBatch, random: RandomStream): StudentFeeds;
  /** Device: minimised in the student's parameters. */
  studentLoss(networks: Networks, fed: Uploaded<StudentFeeds>): LossWithStats;
  /** Host: the draws of one fake step, from its own batch. Absent, with `fakeLoss`: no second network is trained. */
  fakeFeeds?(batch: DistillationBatch, random: RandomStream): FakeFeeds;
  /** Device: minimised in the fake's parameters. */
  fakeLoss?(networks: Networks, fed: Uploaded<FakeFeeds>): LossWithStats;
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
export type Adversarial<StudentFeeds extends object = object, FakeFeeds extends object = StudentFeeds> = Objective<
  StudentFeeds,
  FakeFeeds
> &
  Required<Pick<Objective<StudentFeeds, FakeFeeds>, 'fakeFeeds' | 'fakeLoss'>>;
