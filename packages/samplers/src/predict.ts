import { rowsOfLogits } from '@idlm/core-diffusion/sampling';
import { BrokenLogits, faultOf } from './broken-logits';
import { groupsOf } from './groups';
import type { SamplerEnvironment, SamplerState } from './sampler';

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
    const row = Math.floor(position / length);
    if (rows[rows.length - 1] !== row) rows.push(row);
    return (rows.length - 1) * length + (position % length);
  });
  return { rows: Int32Array.from(rows), local };
}

/** Probabilities over clean tokens, [V], of the n-th asked position; valid until it is called again. */
export type Answer = (n: number) => Float64Array;

/**
 * A row of logits becomes probabilities, in place: exp of it less its maximum, normalised.
 * @returns false where it has NaN or infinity, or nothing above −infinity
 */
export function normalise(row: Float64Array): boolean {
  let top = -Infinity;
  for (const value of row) if (value > top) top = value;
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.exp(row[v]! - top);
  for (let v = 0; v < row.length; v++) row[v]! /= total;
  return total > 0;
}

/** A call of the network for whole rows. */
export interface Call {
  /** [R, L] row-major, all of which are sent. */
  readonly tokens: Int32Array;
  readonly length: number;
  /** Flat positions whose x_θ is wanted, ascending, at least one. */
  readonly positions: Int32Array;
  readonly t: number;
  /** Time that the family and the shaper are told for the n-th position (default t). */
  readonly timeOf?: (n: number) => number;
}

/** x_θ at the positions of a call: excludes the mask, applies the environment's shaper, and normalises in float64, or throws `BrokenLogits`. */
export async function askNetwork(
  { tokens, length, positions, t, timeOf = () => t }: Call,
  { family, denoise, shape, network }: SamplerEnvironment,
): Promise<Answer> {
  const width = family.process.vocabSize;
  const logits = await denoise({ tokens, length, t, positions });
  if (logits.length !== positions.length * width) {
    throw new Error(`the network returned ${logits.length} logits for ${positions.length} positions of ${width}`);
  }
  const row = new Float64Array(width);
  return (n) => {
    const position = positions[n]!;
    row.set(logits.subarray(n * width, (n + 1) * width));
    family.rowToLogProbs(row, tokens[position]!, timeOf(n));
    const place = { position: position % length, t: timeOf(n) };
    shape?.(row, place);
    if (normalise(row)) return row;
    throw new BrokenLogits({ network, fault: faultOf(logits.subarray(n * width, (n + 1) * width)), ...place });
  };
}

/** How many of the ascending flat positions lie in each row that holds any. */
function positionsPerRow(positions: Int32Array, length: number): number[] {
  const counts: number[] = [];
  let last = -1;
  for (const position of positions) {
    const row = Math.floor(position / length);
    if (row === last) counts[counts.length - 1]!++;
    else counts.push(1);
    last = row;
  }
  return counts;
}

/** Positions whose logits are asked for in one call, where rows can be taken apart. */
export const positionsAtOnce = ({ maxLogits }: Pick<SamplerEnvironment, 'maxLogits'>, vocabSize: number): number =>
  rowsOfLogits(vocabSize, maxLogits);

/**
 * x_θ at flat `positions` (ascending) of a state: sends only the rows that hold one, as many at a time as their logits allow.
 * No positions, no call.
 * @param visit is told the probabilities [V] of the n-th position, in order; they hold until it returns
 * @returns the state with the call counted
 */
export async function predict(
  state: SamplerState,
  positions: Int32Array,
  t: number,
  environment: SamplerEnvironment,
  visit: (n: number, probabilities: Float64Array) => void,
): Promise<SamplerState> {
  if (!positions.length) return state;
  const { length } = state;
  const perRow = positionsPerRow(positions, length);
  let done = 0;
  for (const [from, to] of groupsOf(perRow, positionsAtOnce(environment, environment.family.process.vocabSize))) {
    const count = perRow.slice(from, to).reduce((a, b) => a + b);
    const { rows, local } = select(positions.subarray(done, done + count), length);
    const tokens = new Int32Array(rows.length * length);
    rows.forEach((row, i) => tokens.set(state.tokens.subarray(row * length, (row + 1) * length), i * length));
    const probabilities = await askNetwork({ tokens, length, positions: local, t }, environment);
    for (let n = 0; n < count; n++) visit(done + n, probabilities(n));
    done += count;
  }
  const [networkCalls, rowEvaluations] = [state.networkCalls + 1, state.rowEvaluations + perRow.length];
  return { ...state, networkCalls, rowEvaluations };
}
