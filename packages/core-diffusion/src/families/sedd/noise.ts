import type { MaskNoise } from '../../noise/masks';
import type { MoveNoise } from '../../noise/moves';
import type { FloatFeed } from '../../tensors/feeds';

/** What the score entropy of either process is weighted with. */
interface ScoreWeight {
  /** σ′(t) of each slot, [N]; 0 at padding. */
  readonly rate: FloatFeed;
}

/** The noise of absorbing SEDD. */
export interface MaskedSeddNoise extends MaskNoise, ScoreWeight {
  /** e^σ − 1 of each slot, [N]. */
  readonly ratio: FloatFeed;
}

/** The noise of uniform SEDD. */
export type UniformSeddNoise = MoveNoise & ScoreWeight;
