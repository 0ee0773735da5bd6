import type { NetworkDescription } from '@idlm/core-diffusion';
import type { NetworkType } from '../networks/network-type';
import type { DitConfig } from './config';
import { dit } from './dit';
import { ditLayout } from './layout/layout';
import { initialParameters, parameterShapes } from './parameters';

/** The same network where each position sees itself and the ones before; it predicts the next token, and there is no noise to read. */
const causal = (config: DitConfig): NetworkDescription<DitConfig> => ({
  type: 'causal-dit',
  config: { ...config, causal: true, timeConditioned: false },
});

/** The diffusion transformer, as the registry of networks holds it. */
export const ditType: NetworkType<DitConfig> = {
  description: 'diffusion transformer (DiT) of MDLM, Duo and SEDD',
  create: dit,
  shapes: parameterShapes,
  initial: initialParameters,
  summary: ({ blocks, hidden, heads, length }) => `${blocks} blocks of ${hidden}, ${heads} heads, ${length} tokens`,
  causal,
  layout: ditLayout,
};

/** The same with a causal mask: the autoregressive baseline and scorer. */
export const causalDitType: NetworkType<DitConfig> = {
  ...ditType,
  description: 'the same transformer with a causal mask, for the autoregressive baseline and scorer',
  create: (config, options) => dit({ ...config, causal: true }, options),
};

/** Whether a network is this transformer, so that its configuration has these sizes. */
export const isDit = (network: NetworkDescription): network is NetworkDescription<DitConfig> =>
  network.type === 'dit' || network.type === 'causal-dit';
