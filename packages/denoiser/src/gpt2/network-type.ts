import type { NetworkDescription } from '@idlm/core-diffusion';
import type { NetworkType } from '../networks/network-type';
import type { Gpt2Config } from './config';
import { gpt2 } from './gpt2';
import { gpt2Layout } from './layout';
import { gpt2Initial, gpt2Shapes } from './parameters';

/** GPT-2, as the registry of networks holds it. */
export const gpt2Type: NetworkType<Gpt2Config> = {
  description: 'GPT-2, an autoregressive network that judges texts',
  create: gpt2,
  shapes: gpt2Shapes,
  initial: gpt2Initial,
  summary: ({ blocks, hidden, heads, length }) => `${blocks} blocks of ${hidden}, ${heads} heads, ${length} tokens`,
  layout: gpt2Layout,
};

/** Whether a network is a GPT-2, so that its configuration has these sizes. */
export const isGpt2 = (network: NetworkDescription): network is NetworkDescription<Gpt2Config> =>
  network.type === 'gpt2';
