import { InputError, categorical } from '@idlm/core-diffusion';
import { openPositions, rowStreams } from './positions';
import { predict } from './predict';
import type { SamplerEnvironment, SamplerState } from './sampler';

/** What becomes of the noise that is left at the end of the grid. */
export type LastStep =
  /** The likeliest token of x_θ (the MDLM reference; Duo's "greedy tail"). */
  | 'greedy'
  /** A draw from the posterior at α = 1, which for a mask is a draw from x_θ. */
  | 'ancestral'
  /** Left as it is. */
  | 'none';

/** The last steps by name. */
export const LAST_STEPS = ['greedy', 'ancestral', 'none'] as const satisfies readonly LastStep[];

const argMax = (row: Float64Array): number => row.reduce((best, value, v) => (value > row[best]! ? v : best), 0);

/** Removes the remaining noise at the state's time; one network call where any is left. */
export async function finishWith(
  last: LastStep,
  state: SamplerState,
  environment: SamplerEnvironment,
): Promise<SamplerState> {
  if (last === 'none') return state;
  const { process, schedule } = environment.family;
  const positions = openPositions(state, environment);
  const { state: counted, probabilities } = await predict(state, positions, state.t, environment);
  const streams = rowStreams(state, environment, 'last');
  const draw = environment.categorical ?? categorical;
  const [tokens, weights] = [state.tokens.slice(), new Float64Array(process.vocabSize)];
  positions.forEach((position, n) => {
    const clean = probabilities(n);
    if (last === 'greedy') {
      tokens[position] = argMax(clean);
      return;
    }
    process.posterior(tokens[position]!, clean, 1, schedule.alpha(state.t), weights);
    tokens[position] = draw(weights, streams[Math.floor(position / state.length)]!, position);
  });
  return { ...counted, tokens, t: 0 };
}

/** @throws InputError for a name that is none of the last steps. */
export function checkLast(last: string): LastStep {
  const found = LAST_STEPS.find((name) => name === last);
  if (!found) throw new InputError(`The last step is one of ${LAST_STEPS.join(', ')}; "${last}" was given.`);
  return found;
}
