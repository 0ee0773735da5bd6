import { type RandomStream, batchRowOf, categorical } from '@idlm/core-diffusion/sampling';
import { FREE } from '../clamps';
import { openPositions, rowStreams } from '../positions';
import { predict } from '../predict';
import type { Categorical, SamplerEnvironment, SamplerState } from '../sampler';

/** How a step draws every free position anew: open ones from x_θ, and masks among those that are settled. */
export interface Redraw {
  readonly from: number;
  readonly to: number;
  /** Time that the network is told (default `from`). */
  readonly t?: number;
  /** Writes the law of an open position, normalised, from its token and x_θ, into `out` [V]. */
  law(current: number, clean: Float64Array, out: Float64Array): void;
  /** Chance that the settled token at a flat position is masked again, for processes with a mask. */
  remask(position: number): number;
  /** Is told what an open position became, with x_θ. */
  onDrawn?(position: number, token: number, clean: Float64Array): void;
}

/** Whether a settled token is masked again; a draw of the environment's own is given the whole law. */
function isRemasked(
  chance: number,
  { token, maskId, position }: { readonly token: number; readonly maskId: number; readonly position: number },
  stream: RandomStream,
  { categorical: draw, family }: SamplerEnvironment,
): boolean {
  if (!draw) return stream.uniform() < chance;
  const law = new Float64Array(family.process.vocabSize);
  law[token] = 1 - chance;
  law[maskId] = chance;
  return draw(law, stream, position) === maskId;
}

/** Settled positions that are masked again, among all that are neither open nor clamped. */
function remaskedPositions(
  { tokens, length }: SamplerState,
  streams: readonly RandomStream[],
  environment: SamplerEnvironment,
  { remask }: Redraw,
): number[] {
  const { clamp, family } = environment;
  const { maskId, isOpen } = family.process;
  if (maskId === undefined) return [];
  return Array.from(tokens.keys()).filter((position) => {
    const token = tokens[position]!;
    if (isOpen(token) || (clamp?.[position] ?? FREE) !== FREE) return false;
    const stream = streams[batchRowOf(position, length)]!;
    const chance = remask(position);
    return chance > 0 && isRemasked(chance, { token, maskId, position }, stream, environment);
  });
}

/**
 * The state at time `to`, with every free position drawn anew. One call of the network, with logits at the open positions; none
 * where there are none.
 */
export async function redraw(
  state: SamplerState,
  environment: SamplerEnvironment,
  step: Redraw,
): Promise<SamplerState> {
  const { from, to, t = from, law, onDrawn } = step;
  const positions = openPositions(state, environment);
  const streams = rowStreams(state, environment, from);
  const draw: Categorical = environment.categorical ?? categorical;
  const [tokens, weights] = [state.tokens.slice(), new Float64Array(environment.family.process.vocabSize)];
  const remasked = remaskedPositions(state, streams, environment, step);
  const counted = await predict({ ...state, tokens }, positions, t, environment, (n, clean) => {
    const position = positions[n]!;
    law(state.tokens[position]!, clean, weights);
    tokens[position] = draw(weights, streams[batchRowOf(position, state.length)]!, position);
    onDrawn?.(position, tokens[position]!, clean);
  });
  // Only now, since the network and the shaper see what is settled.
  for (const position of remasked) tokens[position] = environment.family.process.maskId!;
  return { ...counted, tokens, t: to };
}
