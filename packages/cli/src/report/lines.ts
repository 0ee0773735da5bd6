import type { ArmSummary, Drift, Interval, MeasuredText, Spread, SweepCell } from '@idlm/evaluation';

/** A number with what is known of its error. */
export interface Estimate {
  readonly value: number;
  /** Its 95 % interval. */
  readonly interval?: Interval;
  /** Its standard error. */
  readonly error?: number;
  /** Its standard deviation between seeds. */
  readonly deviation?: number;
}

/** A line of a table: a model at a number of steps, or real text. */
export interface Line {
  /** Name of the run, where several stand beside each other. */
  readonly run?: string;
  readonly model: string;
  readonly steps?: number;
  readonly temperature?: number;
  /** Calls of the network that had to follow one another. */
  readonly calls?: number;
  /** Evaluations of the network for one sample (NFE). */
  readonly evaluations?: Estimate;
  /** Wall clock of drawing all samples, in seconds. */
  readonly seconds?: number;
  /** The same for each of them. */
  readonly secondsPerSample?: Estimate;
  readonly exactMatch?: Estimate;
  /** By judge, as all that follows from one. */
  readonly mauve?: Readonly<Record<string, number>>;
  readonly perplexity: Readonly<Record<string, Estimate>>;
  readonly bitsPerByte?: Readonly<Record<string, Estimate>>;
  readonly entropy: Estimate;
  readonly entropyLost?: Estimate;
  readonly distinct?: readonly number[];
  readonly wordRate?: number;
  /** Of real text: what chance shows. */
  readonly drift?: Drift;
}

const mapped = <From, To>(values: Readonly<Record<string, From>>, change: (value: From, name: string) => To) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));

/** What is known of any text, written or real. */
const textLine = ({ perplexity, likelihood, entropy, entropyError, distinct, wordRate }: MeasuredText) => ({
  perplexity: mapped(perplexity, (value, judge) => ({ value, interval: likelihood?.[judge]?.intervals.perplexity })),
  bitsPerByte:
    likelihood &&
    mapped(likelihood, ({ bitsPerByte, intervals }) => ({ value: bitsPerByte, interval: intervals.bitsPerByte })),
  entropy: { value: entropy, error: entropyError },
  distinct,
  wordRate,
});

/** A row of a sweep as a line. */
export function sweepLine(row: SweepCell): Line {
  const { model, steps, temperature, networkCalls, evaluationsPerSample, seconds, samples } = row;
  const { exactMatch, exactMatchInterval, mauve, entropyLoss, drift } = row;
  return {
    ...{ model, steps, temperature, calls: networkCalls, seconds, mauve, drift },
    ...textLine(row),
    evaluations: { value: evaluationsPerSample },
    secondsPerSample: seconds === undefined ? undefined : { value: seconds / samples },
    exactMatch: exactMatch === undefined ? undefined : { value: exactMatch, interval: exactMatchInterval },
    entropyLost: entropyLoss && { value: entropyLoss.nats, error: entropyLoss.error },
  };
}

/** Real text as a line. @param name what it is called @param floor the drift that chance shows */
export const realLine = (text: MeasuredText, name: string, floor?: Drift): Line => ({
  model: name,
  drift: floor,
  ...textLine(text),
});

const spread = ({ mean, deviation }: Spread): Estimate => ({ value: mean, ...(deviation ? { deviation } : {}) });

/** An arm of a comparison at a number of steps as a line: means over seeds. */
export const armLine = ({ arm, steps, evaluationsPerSample, secondsPerSample, ...arms }: ArmSummary): Line => ({
  model: arm,
  steps,
  evaluations: spread(evaluationsPerSample),
  secondsPerSample: secondsPerSample && spread(secondsPerSample),
  perplexity: mapped(arms.perplexity, spread),
  entropy: spread(arms.entropy),
  drift: mapped(arms.drift, ({ mean }) => mean) as unknown as Drift,
});
