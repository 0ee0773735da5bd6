import type { Match, SweepCell } from '@idlm/evaluation';
import { worstOf } from '../sentences/drift';

/** The other models at the student's steps and temperature. */
const othersAt = (rows: readonly SweepCell[], { student }: Match): SweepCell[] =>
  rows.filter(
    ({ model, steps, temperature }) =>
      model !== student.model && steps === student.steps && temperature === student.temperature,
  );

/** What a quickstart is held to. */
export interface Claim {
  /** Times fewer steps that the student needs; undefined: see `isClaimMet`. */
  readonly claim: number | undefined;
  /** Largest drift of the student, in multiples of the largest of the teacher's, chance's and 0.01. */
  readonly driftFactor: number;
}

/**
 * Whether a run has shown what its quickstart claims, with a drift within its limit: so many times fewer steps; or, where it
 * claims no saving, a lower perplexity than teacher and control at as many steps.
 */
export function isClaimMet({ claim, driftFactor }: Claim, rows: readonly SweepCell[], match: Match): boolean {
  const { student, reached, stepRatio } = match;
  if (!(worstOf(match, driftFactor).ratio <= 1)) return false;
  if (claim !== undefined) return reached && stepRatio >= claim;
  const others = othersAt(rows, match);
  const isBetter = others.every(({ perplexity }) =>
    Object.entries(perplexity).every(([scorer, value]) => student.perplexity[scorer]! < value),
  );
  return others.length > 0 && isBetter;
}

/** A factor in words, such as `twice`. */
const times = (factor: number): string => (factor === 2 ? 'twice' : `${factor} times`);

/** What is claimed, as the object of a sentence. */
export const describeClaim = ({ claim, driftFactor }: Claim): string =>
  `${
    claim === undefined
      ? "lower perplexity than the teacher's and the control's at as many steps"
      : `${claim} times fewer steps`
  }, with drift within ${times(driftFactor)} the teacher's or chance's`;

/** Student and others at as many steps, in words. */
export function equalStepsSentence(rows: readonly SweepCell[], match: Match): string | undefined {
  const others = othersAt(rows, match);
  if (!others.length) return undefined;
  const { student } = match;
  const numbers = [student, ...others].map(
    ({ model, perplexity }) =>
      `the ${model} ${Object.entries(perplexity)
        .map(([name, value]) => `${value.toFixed(1)} (${name})`)
        .join(', ')}`,
  );
  return `Perplexity at ${student.steps} steps: ${numbers.join('; ')}.`;
}
