import type { Denoiser } from '../denoiser';
import type { Family } from '../families/family';
import type { NoiseFeeds } from '../noise/noise';

/** A kind of diffusion, and the network that models it. */
export interface DiffusionModel<Noise extends NoiseFeeds = NoiseFeeds> {
  readonly family: Family<Noise>;
  readonly denoiser: Denoiser;
}
