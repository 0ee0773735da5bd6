import { InputError, type RandomStream } from '@idlm/core-diffusion';
import { DRIFT_STATISTICS, type Drift, driftOfRows } from './metrics/drift';
import { mean } from './metrics/entropy';
import { type TextBatch, countedRows, shuffled } from './rows';

/** Held-out data to measure drift from, and what chance alone shows at the same numbers of rows. */
export interface DriftReference {
  /** Rows that every drift is measured on, n: as many as asked for, at most half of the data. */
  readonly samples: number;
  /** What n rows of the data itself show, on average. */
  readonly floor: Drift;
  /** Drift of the first n samples. @throws InputError if there are fewer */
  of(samples: TextBatch): Drift;
}

/** How a reference is made. */
export interface DriftReferenceOptions {
  /** Held-out rows. */
  readonly data: TextBatch;
  /** Samples that drift is to be measured on. */
  readonly samples: number;
  /** Draws the halves of the data. */
  readonly random: RandomStream;
  /** The padding token, where rows are padded. */
  readonly padId?: number;
}

/** Divisions of the data that the noise floor is averaged over. */
const DIVISIONS = 16;

/** Rows of data used per sample: more would make the reference hardly steadier. */
const MOST_ROWS = 8;

/** One drift for several: mean distances, and root mean squares of differences that have a sign and would cancel. */
function average(drifts: readonly Drift[]): Drift {
  const over = (name: keyof Drift) => drifts.map((one) => one[name]);
  const rootMeanSquare = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => value ** 2)));
  return {
    marginals: mean(over('marginals')),
    pairs: mean(over('pairs')),
    lengths: rootMeanSquare(over('lengths')),
    entropy: rootMeanSquare(over('entropy')),
  };
}

/**
 * A drawn half of the held-out data, m rows, to measure the drift of n samples from, with the noise floor of n and m rows.
 *
 * Total variation between frequencies is biased upwards: n and m independent tokens of one and the same law differ by about
 * Σ √(p(1 − p)(1/n + 1/m) / 2π), which for pairs is several times that of single tokens. So numbers are compared at equal
 * counts only: the student's, the teacher's and the floor's all come from n rows against m. The floor is no single
 * division of the data into halves, whose difference in length may be 0 by chance, but the average over several, n rows
 * against m others. It isn't subtracted, since bias and true difference do not add: a large difference shows almost none.
 * @throws InputError if there are fewer than two rows of data
 */
export function driftReference({ data, samples, random, padId }: DriftReferenceOptions): DriftReference {
  if (data.batch < 2)
    throw new InputError(`Drift needs at least 2 held-out rows, to hold two halves together; ${data.batch} was given.`);
  const rows = shuffled(countedRows(data), random.split('rows')).slice(0, MOST_ROWS * samples);
  const m = Math.ceil(rows.length / 2);
  const n = Math.min(samples, rows.length - m);
  const floors = Array.from({ length: DIVISIONS }, (_, i) => {
    const order = shuffled(rows, random.split('division').split(i));
    return driftOfRows(order.slice(0, n), order.slice(n, n + m), padId);
  });
  const half = rows.slice(0, m);
  return {
    samples: n,
    floor: average(floors),
    of(given) {
      if (given.batch < n)
        throw new InputError(`Drift is measured on ${n} samples, to be compared; ${given.batch} were given.`);
      return driftOfRows(countedRows(given).slice(0, n), half, padId);
    },
  };
}

/**
 * Drift that nobody would notice. A teacher's difference in entropy or length may be nearly 0, also by luck, and a student is
 * not astray for being a hundredth off where its teacher is a thousandth off.
 */
const NOTICEABLE = 0.01;

/** How far a student may drift where nothing else is said: in multiples of its teacher's drift, or of what chance shows. */
export const DRIFT_FACTOR = 2;

/**
 * Each statistic of a student as a share of its limit, `factor` times the largest of the teacher's, the noise floor's, and
 * 0.01: above 1 it is outside. All must be measured on equally many rows.
 */
export function driftRatios(student: Drift, teacher: Drift, floor: Drift, factor = DRIFT_FACTOR): Drift {
  const ratio = (name: keyof Drift): number => {
    const value = Math.abs(student[name]);
    return value === 0 ? 0 : value / (factor * Math.max(Math.abs(teacher[name]), Math.abs(floor[name]), NOTICEABLE));
  };
  return { marginals: ratio('marginals'), pairs: ratio('pairs'), lengths: ratio('lengths'), entropy: ratio('entropy') };
}

/** The statistic that is furthest out, and its ratio: within all limits if at most 1. No number is furthest of all. */
export function worstDrift(ratios: Drift): { readonly name: keyof Drift; readonly ratio: number } {
  const name = DRIFT_STATISTICS.reduce((a, b) => (ratios[a] >= ratios[b] || Number.isNaN(ratios[a]) ? a : b));
  return { name, ratio: ratios[name] };
}
