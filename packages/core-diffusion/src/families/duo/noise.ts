import type { Moves } from '../../noise/moves';
import type { UdlmLevels } from '../udlm/noise';
import type { LatentDraws } from './latent';
import type { TopTokenDraws } from './top-tokens';

/** The noise of Duo: whole latents or their largest entries while its curriculum runs, hard tokens afterwards. */
export type DuoNoise = UdlmLevels & (Moves | LatentDraws | TopTokenDraws);
