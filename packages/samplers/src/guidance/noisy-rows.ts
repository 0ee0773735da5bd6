import { type SamplingFamily, batchRowOf } from '@idlm/core-diffusion/sampling';
import type { DenoiseRequest } from '../sampler';

/** How rows of a network's output are guided: as logarithms of what guidance multiplies, and back. Both in place, [V]. */
export interface GuidedRows {
  toLogs(logits: Float64Array): void;
  toLogits(logs: Float64Array): void;
}

/** Below, the noise of a level hides what a network says of the tokens behind it. */
const LEAST_ALPHA = 1e-6;

/** Logits to normalised probabilities, in place. */
function softmax(row: Float64Array): void {
  const top = row.reduce((most, value) => Math.max(most, value), -Infinity);
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.exp(row[v]! - top);
  for (let v = 0; v < row.length; v++) row[v]! /= total;
}

/**
 * The law of the noisy token at a level, α x_θ + (1 − α) π with π the law of all noise: what scores, and so rates, are ratios of.
 * Guidance that leaves less of a token than noise alone would leaves nothing of it in x_θ.
 */
function throughNoise({ process, schedule }: SamplingFamily, t: number): GuidedRows {
  const alpha = Math.max(schedule.alpha(t), LEAST_ALPHA);
  const noise = new Float64Array(process.vocabSize);
  process.transition(0, 0, noise);
  return {
    toLogs(row) {
      softmax(row);
      for (let v = 0; v < row.length; v++) row[v] = Math.log(alpha * row[v]! + (1 - alpha) * noise[v]!);
    },
    toLogits(row) {
      softmax(row);
      for (let v = 0; v < row.length; v++) row[v] = Math.log(Math.max(0, row[v]! - (1 - alpha) * noise[v]!));
    },
  };
}

const asTheyAre: GuidedRows = { toLogs: () => undefined, toLogits: () => undefined };

/** Whether what guidance of a family multiplies depends on the time of a row. */
export const guidanceReadsTime = ({ slotToLogScores, process }: SamplingFamily): boolean =>
  !slotToLogScores && !process.unmasking;

/**
 * What guidance of a family multiplies at time t: scores, where its networks give them; x_θ of an absorbing process, whose scores
 * are proportional to it; else the law of the noisy token.
 */
const guidedRows = (family: SamplingFamily, t: number): GuidedRows =>
  guidanceReadsTime(family) ? throughNoise(family, t) : asTheyAre;

/** How the rows of a request's output are guided, at a flat position each. */
export function guidedRowsOf(
  family: SamplingFamily,
  { t, times, length }: Pick<DenoiseRequest, 't' | 'times' | 'length'>,
): (position: number) => GuidedRows {
  if (!times) {
    const rows = guidedRows(family, t);
    return () => rows;
  }
  const ofRows = Array.from(times, (time) => guidedRows(family, time));
  return (position) => ofRows[batchRowOf(position, length)]!;
}
