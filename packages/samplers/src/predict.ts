import { InputError, type SamplingFamily, batchRowOf, countAtOnce } from '@idlm/core-diffusion/sampling';
import { BrokenLogits, faultOf } from './broken-logits';
import { groupsOf } from './groups';
import { networkOf } from './network';
import type { Predictions, Row, RowTokens, SamplerEnvironment, SamplerState } from './sampler';

/** The rows of a batch that a call needs, and the positions within them. */
interface Selection {
  /** Batch rows to send. */
  readonly rows: Int32Array;
  /** Flat positions among the sent rows. */
  readonly local: Int32Array;
}

/** Rows that hold any of the ascending flat `positions`, renumbered. */
function select(positions: Int32Array, length: number): Selection {
  const rows: number[] = [];
  const local = positions.map((position) => {
    const row = batchRowOf(position, length);
    if (rows[rows.length - 1] !== row) rows.push(row);
    return (rows.length - 1) * length + (position % length);
  });
  return { rows: Int32Array.from(rows), local };
}

/**
 * A row of logits becomes probabilities, in place: exp of it less its maximum, normalised.
 * @returns false where it has NaN or infinity, or nothing above −infinity
 */
export function normalise(row: Float64Array): boolean {
  // By index: V8's iterator makes an object of every number.
  let top = -Infinity;
  for (let v = 0; v < row.length; v++) if (row[v]! > top) top = row[v]!;
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.exp(row[v]! - top);
  for (let v = 0; v < row.length; v++) row[v]! /= total;
  return total > 0;
}

/**
 * What the network must have returned for N positions.
 * @throws InputError for anything but N · V numbers as a Float32Array or Float64Array
 */
export function checkLogits(
  logits: unknown,
  positions: number,
  vocabSize: number,
  network = 'The network',
): asserts logits is Float32Array | Float64Array {
  const isFloats = ArrayBuffer.isView(logits) && ['Float32Array', 'Float64Array'].includes(tagOf(logits));
  const count = isFloats ? (logits as Float32Array).length : undefined;
  if (count === positions * vocabSize) return;
  throw new InputError(
    `${network} must return ${positions * vocabSize} logits in a Float32Array or Float64Array, ${vocabSize} for each of the ` +
      `${positions} positions that it is asked for; it returned ${count ?? describe(logits)}.`,
  );
}

/** By tag, since `instanceof` fails for arrays of another realm. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const describe = (value: unknown): string => (value === undefined ? 'nothing' : `${tagOf(value)} in their place`);

/**
 * Turns a row of logits [V] at a noisy token into log-weights, in place.
 * @returns the sum that the row has once it is shaped and normalised
 */
export type ReadLogits = (logits: Float64Array, current: number, t: number) => number;

/** x_θ: probabilities, whose sum is 1. */
const readClean =
  (family: SamplingFamily): ReadLogits =>
  (logits, current, t) => {
    family.slotToLogProbs(logits, current, t);
    return 1;
  };

/** A call of the network for whole rows. */
export interface Call {
  /** The rows that are sent, as they are now; the shaper sees what they hold later. */
  readonly rows: readonly (RowTokens & Pick<Row, 'index'>)[];
  readonly length: number;
  /** Flat positions whose x_θ is wanted, ascending, at least one. */
  readonly positions: Int32Array;
  /** Time of the rows; the largest, where they stand at several. */
  readonly t: number;
  /** Time of each row, [R], where they stand at several; the family and the shaper are told it, and networks that read it. */
  readonly times?: Float64Array;
}

/**
 * The rows at the positions of a call, x_θ by default: read by `read`, shaped by the environment's shaper, and normalised in
 * float64 to the sum that `read` gives.
 * @throws InputError for another number of logits; its rows throw `BrokenLogits` where no probability can be made of them
 */
export async function askNetwork(
  { rows, length, positions, t, times }: Call,
  environment: SamplerEnvironment,
  read = readClean(environment.family),
): Promise<Predictions> {
  const { family, shape, network } = environment;
  const { vocabSize: width, maskId: unwritten } = family.process;
  const tokens = new Int32Array(rows.length * length);
  rows.forEach((row, r) => tokens.set(row.tokens, r * length));
  const { denoise, timesPerRow } = networkOf(environment);
  const logits = await denoise({
    ...{ tokens, length, t, positions },
    ...(times && timesPerRow && { times }),
    rows: Int32Array.from(rows, ({ index }) => index),
  });
  checkLogits(logits, positions.length, width, network);
  const row = new Float64Array(width);
  return (n, of) => {
    const [position, batchRow] = [positions[n]!, batchRowOf(positions[n]!, length)];
    const place = { position: position % length, t: times?.[batchRow] ?? t };
    row.set(logits.subarray(n * width, (n + 1) * width));
    const sum = read(row, tokens[position]!, place.t);
    if (of !== 'network') shape?.(row, { ...rows[batchRow]!, ...place, unwritten });
    if (normalise(row)) return sum === 1 ? row : scaled(row, sum);
    throw new BrokenLogits({ network, fault: faultOf(logits.subarray(n * width, (n + 1) * width)), ...place });
  };
}

/** A row times a number, in place. */
function scaled(row: Float64Array, by: number): Float64Array {
  for (let v = 0; v < row.length; v++) row[v]! *= by;
  return row;
}

/** How many of the ascending flat positions lie in each batch row that holds any. */
function positionsPerRow(positions: Int32Array, length: number): number[] {
  const counts: number[] = [];
  let last = -1;
  for (const position of positions) {
    const row = batchRowOf(position, length);
    if (row === last) counts[counts.length - 1]!++;
    else counts.push(1);
    last = row;
  }
  return counts;
}

/** Is told the prediction [V] at the n-th asked position. */
export type VisitPrediction = (n: number, prediction: Float64Array) => void;

/** Positions whose logits are asked for in one call, where rows can be taken apart. */
export const positionsAtOnce = ({ maxLogits }: Pick<SamplerEnvironment, 'maxLogits'>, vocabSize: number): number =>
  countAtOnce(vocabSize, maxLogits);

/** Visits the predictions of a call. A function of its own, whose end lets go of their logits before the next call. */
async function visitAll(
  call: Call,
  environment: SamplerEnvironment,
  visit: VisitPrediction,
  read?: ReadLogits,
): Promise<void> {
  const predictions = await askNetwork(call, environment, read);
  for (let n = 0; n < call.positions.length; n++) visit(n, predictions(n));
}

/**
 * The predictions at flat `positions` (ascending) of a state, x_θ unless `read` says otherwise: sends only the batch rows that hold one, as many at a time as their logits allow.
 * No positions, no call.
 * @param state its tokens may be changed by `visit`, for the shaper to see; those of a batch row are sent before
 * @param visit is told the prediction [V] at the n-th position, in order; it holds until `visit` returns
 * @returns the state with the call counted
 */
export async function predict(
  state: SamplerState,
  positions: Int32Array,
  t: number,
  environment: SamplerEnvironment,
  visit: VisitPrediction,
  read?: ReadLogits,
): Promise<SamplerState> {
  if (!positions.length) return state;
  const { length } = state;
  const perRow = positionsPerRow(positions, length);
  let done = 0;
  for (const [from, to] of groupsOf(perRow, positionsAtOnce(environment, environment.family.process.vocabSize))) {
    const count = perRow.slice(from, to).reduce((a, b) => a + b);
    const { rows, local } = select(positions.subarray(done, done + count), length);
    const sent = Array.from(rows, (row) => {
      const [start, end] = [row * length, (row + 1) * length];
      return {
        tokens: state.tokens.subarray(start, end),
        clamp: environment.clamp?.subarray(start, end),
        index: state.firstRow + row,
      };
    });
    const first = done;
    const visitAt: VisitPrediction = (n, prediction) => visit(first + n, prediction);
    await visitAll({ rows: sent, length, positions: local, t }, environment, visitAt, read);
    done += count;
  }
  const [networkCalls, rowEvaluations] = [state.networkCalls + 1, state.rowEvaluations + perRow.length];
  return { ...state, networkCalls, rowEvaluations };
}
