import { InputError } from '@idlm/core-diffusion';
import type { Interval } from '../metrics/bootstrap';
import { perplexityRatio } from './ratio';
import type { SweepCell } from './sweep';

/** A student compared with its teacher at one number of steps. */
export interface Match {
  readonly teacher: SweepCell;
  /** The student at the fewest steps that match, or its nearest try. */
  readonly student: SweepCell;
  /**
   * True: at least as good under every scorer, at entropy within the tolerance. Where there are intervals of the ratios, they lie at 1 or
   * below as a whole, so that chance does not reach it.
   */
  readonly reached: boolean;
  readonly stepRatio: number;
  /** Ratio of network evaluations per sample (NFE), after caching on both sides. */
  readonly evaluationRatio: number;
  /** Student's entropy relative to the teacher's, less 1. */
  readonly entropyGap: number;
  /** Student's perplexity relative to the teacher's, by scorer. */
  readonly perplexityRatio: Readonly<Record<string, number>>;
  /** 95 % intervals of the ratios, by scorer; none where rows were measured without errors. */
  readonly perplexityIntervals?: Readonly<Record<string, Interval>>;
  /** The smallest share by which perplexities must differ for so many samples to show it, of the scorer that sees least. */
  readonly smallestGap?: number;
}

/** What counts as a match. */
export interface MatchOptions {
  /** Largest relative difference of entropy that counts as equal (default 0.03). */
  readonly tolerance?: number;
  /** The temperature at which both are looked at (default 1). */
  readonly temperature?: number;
}

function compare(teacher: SweepCell, student: SweepCell, tolerance: number): Match {
  const names = Object.keys(teacher.perplexity);
  const ratios = names.map((name) => [name, perplexityRatio(student, teacher, name)] as const);
  const intervals = ratios.flatMap(([name, { interval }]) => (interval ? [[name, interval] as const] : []));
  const gaps = ratios.flatMap(([, { smallestGap }]) => (smallestGap === undefined ? [] : [smallestGap]));
  const upper = ratios.map(([, { ratio, interval }]) => interval?.[1] ?? ratio);
  const entropyGap = student.entropy / teacher.entropy - 1;
  return {
    teacher,
    student,
    reached: upper.every((ratio) => ratio <= 1) && Math.abs(entropyGap) <= tolerance,
    stepRatio: teacher.steps / student.steps,
    evaluationRatio: teacher.evaluationsPerSample / student.evaluationsPerSample,
    entropyGap,
    perplexityRatio: Object.fromEntries(ratios.map(([name, { ratio }]) => [name, ratio])),
    ...(intervals.length ? { perplexityIntervals: Object.fromEntries(intervals) } : {}),
    ...(gaps.length ? { smallestGap: Math.max(...gaps) } : {}),
  };
}

/**
 * The fewest student steps that reach the teacher's quality at `steps` under every scorer, at one temperature and at entropy
 * within the tolerance of the teacher's; if none does, the student's best try.
 * @throws InputError if the rows hold no such teacher or no student
 * @example
 * ```ts
 * import { type SweepCell, equivalentSteps } from '@idlm/evaluation';
 *
 * const drift = { marginals: 0, pairs: 0, lengths: 0, entropy: 0 };
 * const row = (model: string, steps: number, perplexity: number): SweepCell => ({
 *   ...{ model, steps, temperature: 1, samples: 64, networkCalls: steps, evaluationsPerSample: steps },
 *   ...{ perplexity: { judge: perplexity }, entropy: 2.5, entropyError: 0.01, distinct: [0.1, 0.4, 0.8] },
 *   ...{ wordRate: 1, drift, driftFloor: drift, examples: [] },
 * });
 * const rows = [row('teacher', 256, 40), row('student', 4, 44), row('student', 8, 39), row('student', 16, 35)];
 * const { student, reached, stepRatio } = equivalentSteps(rows, 256);
 * console.log(student.steps, reached, stepRatio); // → 8 true 32
 * ```
 */
export function equivalentSteps(
  rows: readonly SweepCell[],
  steps: number,
  { tolerance = 0.03, temperature = 1 }: MatchOptions = {},
): Match {
  const plain = rows.filter((row) => row.temperature === temperature);
  const teacher = plain.find((row) => row.model === 'teacher' && row.steps === steps);
  const students = plain.filter((row) => row.model === 'student').sort((a, b) => a.steps - b.steps);
  if (!teacher || !students.length)
    throw new InputError(`The sweep has no teacher at ${steps} steps, or no student, to compare.`);
  const matches = students.map((student) => compare(teacher, student, tolerance));
  const reached = matches.find((match) => match.reached);
  if (reached) return reached;
  // Low perplexity at low entropy is no near miss: tries at the teacher's entropy come first.
  const equal = matches.filter(({ entropyGap }) => Math.abs(entropyGap) <= tolerance);
  const worst = ({ perplexityRatio }: Match) => Math.max(...Object.values(perplexityRatio));
  return (equal.length ? equal : matches).reduce((best, match) => (worst(match) < worst(best) ? match : best));
}
