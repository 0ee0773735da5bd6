import { type SamplingFamily, batchRowOf, categorical } from '@idlm/core-diffusion/sampling';
import { openPositions, rowStreams } from '../positions';
import { type ReadLogits, predict } from '../predict';
import type { SamplerEnvironment, SamplerState } from '../sampler';

/**
 * A score model's scores q_t(y)/q_t(x_t) of all tokens y but the current one, which gets 0. A shaper acts on the law over these
 * tokens, ln S_y; their sum, the rate of leaving, stays what the network says.
 */
export const readScores =
  (family: SamplingFamily): ReadLogits =>
  (logits, current, t) => {
    family.slotToLogScores?.(logits, current, t);
    logits[current] = -Infinity;
    return logits.reduce((sum, logScore) => sum + Math.exp(logScore), 0);
  };

/** How a step draws the positions that are open. */
export interface RowLaw {
  /** What rows the network's logits are read as (x_θ by default). */
  readonly read?: ReadLogits;
  /** Turns a row into the position's unnormalised law in place, its `current` token among the outcomes. */
  toLaw(row: Float64Array, current: number): void;
}

/** The state at time `to`, with each position that is open drawn from its law. */
export async function drawRows(
  state: SamplerState,
  { from, to }: { readonly from: number; readonly to: number },
  environment: SamplerEnvironment,
  { read, toLaw }: RowLaw,
): Promise<SamplerState> {
  const positions = openPositions(state, environment);
  const streams = rowStreams(state, environment, from);
  const draw = environment.categorical ?? categorical;
  const tokens = state.tokens.slice();
  const drawAt = (n: number, weights: Float64Array) => {
    const position = positions[n]!;
    toLaw(weights, tokens[position]!);
    tokens[position] = draw(weights, streams[batchRowOf(position, state.length)]!, position);
  };
  const counted = await predict({ ...state, tokens }, positions, from, environment, drawAt, read);
  return { ...counted, tokens, t: to };
}
