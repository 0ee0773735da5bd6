import { InputError, categorical } from '@idlm/core-diffusion/sampling';
import { argMax } from './arg-max';
import type { Row, RowRun, SamplerEnvironment, SamplerState } from './sampler';
import { stepTogether } from './row-steps';

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

/** Options that all samplers share. */
export interface LastOption {
  /** How remaining noise is removed (default `'greedy'`). */
  readonly last?: LastStep;
}

/** Removes a row's remaining noise at time t; one query where any is left. */
function* finishRow(last: LastStep, row: Row, t: number, environment: SamplerEnvironment): RowRun {
  const positions = last === 'none' ? [] : row.open();
  if (!positions.length) return;
  const { process, schedule } = environment.family;
  const stream = row.stream.split('last');
  const draw = environment.categorical ?? categorical;
  const weights = new Float64Array(process.vocabSize);
  const predictions = yield { t, positions };
  positions.forEach((position, n) => {
    const clean = predictions(n);
    if (last === 'greedy') {
      row.tokens[position] = argMax(clean);
      return;
    }
    process.posterior(row.tokens[position]!, clean, 1, schedule.alpha(t), weights);
    row.tokens[position] = draw(weights, stream, row.offset + position);
  });
}

/** Removes the remaining noise at the state's time; one network call where any is left. */
export const finishWith = async (
  last: LastStep,
  state: SamplerState,
  environment: SamplerEnvironment,
): Promise<SamplerState> =>
  last === 'none' ? state : stepTogether(state, 0, environment, (row) => finishRow(last, row, state.t, environment));

/** @throws InputError for a name that is none of the last steps. */
export function checkLast(last: string): LastStep {
  const found = LAST_STEPS.find((name) => name === last);
  if (!found) throw new InputError(`The last step is one of ${LAST_STEPS.join(', ')}; "${last}" was given.`);
  return found;
}
