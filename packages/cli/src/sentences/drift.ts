import { DRIFT_STATISTICS, type Drift, type Match, driftRatios, worstDrift } from '@idlm/evaluation';
import { signedPercent } from './figures';

/** What the statistics are called before a reader. */
export const DRIFT_NAMES: Readonly<Record<keyof Drift, string>> = {
  marginals: 'tokens',
  pairs: 'pairs',
  lengths: 'lengths',
  entropy: 'pooled entropy',
};

/**
 * The statistic of the student that is furthest out, and how far as a share of its limit.
 * @param factor the limit, in multiples of the largest of the teacher's drift, chance and 0.01
 */
export const worstOf = ({ student, teacher }: Pick<Match, 'student' | 'teacher'>, factor: number) =>
  worstDrift(driftRatios(student.drift, teacher.drift, teacher.driftFloor, factor));

/** Whether the student keeps to the data as its teacher does, in words. @param factor as for `worstOf` */
export function driftSentence(match: Match, factor: number): string {
  const { name, ratio } = worstOf(match, factor);
  const found = `${DRIFT_NAMES[name]} at ${(factor * ratio).toFixed(2)} × the largest of the teacher's drift, chance and 0.01`;
  return ratio <= 1
    ? `Its drift stays within ${factor} × (${found}).`
    : `It drifts more than ${factor} × as far as its teacher (${found}).`;
}

/** A drift as a table shows it, in the order of `DRIFT_STATISTICS`. */
export const driftCells = ({ marginals, pairs, lengths, entropy }: Drift): string[] => [
  marginals.toFixed(3),
  pairs.toFixed(3),
  signedPercent(lengths),
  signedPercent(entropy),
];

/** A drift in words, such as `tokens 0.012, pairs 0.071, lengths −1.3 %, pooled entropy +0.2 %`. */
export const describeDrift = (drift: Drift): string =>
  driftCells(drift)
    .map((cell, i) => `${DRIFT_NAMES[DRIFT_STATISTICS[i]!]} ${cell}`)
    .join(', ');
