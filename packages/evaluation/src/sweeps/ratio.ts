import type { Interval } from '../metrics/bootstrap';
import type { MeasuredText } from './measure';

/** A perplexity relative to another, and what the counts of samples can tell of it. */
export interface PerplexityRatio {
  readonly ratio: number;
  /** Its 95 % interval; absent where one of the two was measured without errors, and NaN where an error cannot be told. */
  readonly interval?: Interval;
  /** The smallest share by which two such sets must differ for the interval to leave 1 out, such as 0.04. */
  readonly smallestGap?: number;
}

/** Two-sided 95 % of a normal distribution. */
const NORMAL = 1.959964;

/**
 * The perplexity of samples under a judge relative to that of other samples: exp(d ± 1.96 √(e₁² + e₂²)), d the difference of their nats per
 * token and e the bootstrap error of each. Equal samplers are called different once in twenty times, and less where both sets were drawn from
 * one noise.
 */
export function perplexityRatio(
  of: Pick<MeasuredText, 'perplexity' | 'likelihood'>,
  to: Pick<MeasuredText, 'perplexity' | 'likelihood'>,
  scorer: string,
): PerplexityRatio {
  const ratio = of.perplexity[scorer]! / to.perplexity[scorer]!;
  const errors = [of, to].map(({ likelihood }) => likelihood?.[scorer]?.error);
  if (!errors.every((error) => error !== undefined)) return { ratio };
  // Of texts that have no token for a judge, some resamples hold nothing at all.
  if (!errors.every(Number.isFinite)) return { ratio, interval: [NaN, NaN] };
  const reach = Math.exp(NORMAL * Math.hypot(...errors));
  return { ratio, interval: [ratio / reach, ratio * reach], smallestGap: reach - 1 };
}
