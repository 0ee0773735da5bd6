import { type SamplingFamily, categorical } from '@idlm/core-diffusion/sampling';
import { openPositions, rowStreams } from '../positions';
import { predict } from '../predict';
import type { SamplerEnvironment, SamplerState } from '../sampler';

/** Is told the row [V] over tokens of the n-th asked position, 0 at its current token; it holds until this returns. */
type VisitRow = (n: number, row: Float64Array) => void;

/** Visits rows over tokens at flat positions (ascending) of a state; returns the state with the call counted. */
export type PredictRows = (
  state: SamplerState,
  positions: Int32Array,
  t: number,
  environment: SamplerEnvironment,
  visit: VisitRow,
) => Promise<SamplerState>;

/** A row times a number, in place. */
function scaled(row: Float64Array, by: number): Float64Array {
  for (let v = 0; v < row.length; v++) row[v]! *= by;
  return row;
}

/**
 * A score model's scores q_t(y)/q_t(x_t) of all tokens y but the current one, at flat `positions` (ascending). The
 * environment's shaper acts on the law over these tokens, ln S_y; their sum, the rate of leaving, stays what the network says.
 * The environment's family has `rowToLogScores`.
 */
export const predictScores: PredictRows = (state, positions, t, environment, visit) => {
  const { family } = environment;
  let total = 0;
  const others: SamplingFamily = {
    ...family,
    // `predict` shapes and normalises what this leaves in the row: the law over other tokens.
    rowToLogProbs(row, current, time) {
      family.rowToLogScores!(row, current, time);
      row[current] = -Infinity;
      total = row.reduce((sum, logScore) => sum + Math.exp(logScore), 0);
    },
  };
  // Making the row sets its total.
  const shaped: VisitRow = (n, row) => visit(n, scaled(row, total));
  return predict(state, positions, t, { ...environment, family: others }, shaped);
};

/**
 * Reverse rates −α′/α · Q(y, x_t) S_y from x_θ in place. Absorbing: −α′/(1 − α) x_θ,y, finite where no signal is left.
 * Uniform: S_y = x̄_y/x̄_z with x̄ = V α x_θ + 1 − α, which the NELBO of udlm, duo and d3pm fits to the score: x_θ there is the
 * law of a token given the others only. For a network whose x_θ is the law given its own noisy token too, the score would be
 * the mean of q(y | x_0)/q(x_t | x_0) over x_θ instead; none of the families' losses has its least value there.
 */
function cleanToRates(clean: Float64Array, current: number, t: number, { process, schedule }: SamplingFamily): void {
  const [alpha, width] = [schedule.alpha(t), clean.length];
  if (process.kind === 'absorbing') {
    for (let v = 0; v < width; v++) clean[v]! *= -schedule.dAlpha(t) / (1 - alpha);
  } else {
    const own = width * alpha * clean[current]! + 1 - alpha;
    for (let v = 0; v < width; v++)
      clean[v] = (schedule.dSigma(t) / width) * ((width * alpha * clean[v]! + 1 - alpha) / own);
  }
  clean[current] = 0;
}

/** The rates at which each position moves to each other token in reversed time, at time t, at flat `positions`. */
export const predictRates: PredictRows = (state, positions, t, environment, visit) => {
  const { family } = environment;
  const { process, schedule } = family;
  if (!family.rowToLogScores)
    return predict(state, positions, t, environment, (n, row) => {
      cleanToRates(row, state.tokens[positions[n]!]!, t, family);
      visit(n, row);
    });
  const rate = schedule.dSigma(t) / (process.kind === 'absorbing' ? 1 : process.vocabSize);
  return predictScores(state, positions, t, environment, (n, row) => visit(n, scaled(row, rate)));
};

/**
 * The state at time `to`, with each position that is open drawn from its row.
 * @param toLaw turns a row into the position's unnormalised law in place, its `current` token among the outcomes
 */
export async function drawRows(
  predictRows: PredictRows,
  state: SamplerState,
  { from, to }: { readonly from: number; readonly to: number },
  environment: SamplerEnvironment,
  toLaw: (row: Float64Array, current: number) => void,
): Promise<SamplerState> {
  const positions = openPositions(state, environment);
  const streams = rowStreams(state, environment, from);
  const draw = environment.categorical ?? categorical;
  const tokens = state.tokens.slice();
  const counted = await predictRows(state, positions, from, environment, (n, weights) => {
    const position = positions[n]!;
    toLaw(weights, tokens[position]!);
    tokens[position] = draw(weights, streams[Math.floor(position / state.length)]!, position);
  });
  return { ...counted, tokens, t: to };
}
