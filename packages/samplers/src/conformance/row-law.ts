import type { SamplingFamily } from '@idlm/core-diffusion/sampling';

/** A row between two steps: its tokens, [L], and what the sampler carries of it from step to step, such as confidences. */
export interface RowState {
  readonly tokens: readonly number[];
  readonly carried?: readonly number[];
}

/** One way in which a row's step may go. */
export interface RowOutcome extends RowState {
  readonly probability: number;
}

/** The exact network: probabilities x_θ over clean tokens, [V], at a position of any row at any time. */
export type ExactNetwork = (tokens: ArrayLike<number>, position: number, t: number) => Float64Array;

/** The times of a step. */
export interface StepTimes {
  readonly from: number;
  readonly to: number;
}

/**
 * The law of a whole row after a step, for samplers whose positions depend on one another, or on earlier steps: all ways in which
 * it may go, whose probabilities sum to 1. It may ask the network several times, as the sampler does.
 */
export interface RowLaw {
  outcomes(row: RowState, network: ExactNetwork, step: StepTimes, family: SamplingFamily): readonly RowOutcome[];
}

/** All ways in which independent positions may go together. @param laws that of each position, [V] */
export function independently(laws: readonly ArrayLike<number>[]): RowOutcome[] {
  let outcomes: RowOutcome[] = [{ tokens: [], probability: 1 }];
  for (const law of laws)
    outcomes = outcomes.flatMap(({ tokens, probability }) =>
      Array.from(law, (share, token) => ({ tokens: [...tokens, token], probability: probability * share })).filter(
        (outcome) => outcome.probability > 0,
      ),
    );
  return outcomes;
}
