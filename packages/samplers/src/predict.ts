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

/** x_θ at the asked positions, with the state that has counted the call. */
export interface Prediction {
  readonly state: SamplerState;
  /** Probabilities over clean tokens of the n-th asked position; valid until the next call. */
  probabilities(n: number): Float64Array;
}

/** A row of logits becomes probabilities, in place: exp of it less its maximum, normalised. */
export function normalise(row: Float64Array): void {
  let top = -Infinity;
  for (const value of row) if (value > top) top = value;
  let total = 0;
  for (let v = 0; v < row.length; v++) total += row[v] = Math.exp(row[v]! - top);
  for (let v = 0; v < row.length; v++) row[v]! /= total;
}

/**
 * Asks the network for x_θ at flat `positions` (ascending): sends only the rows that hold one, excludes the mask, applies
 * the environment's shaper, and normalises in float64. No positions, no call.
 * @param timeOf time that the shaper is told for the n-th position, where rows stand at different times
 */
export async function predict(
  state: SamplerState,
  positions: Int32Array,
  t: number,
  environment: SamplerEnvironment,
  timeOf: (n: number) => number = () => t,
): Promise<Prediction> {
  const { family, denoise, shape } = environment;
  const width = family.process.vocabSize;
  const { rows, local } = select(positions, state.length);
  const tokens = new Int32Array(rows.length * state.length);
  rows.forEach((row, i) =>
    tokens.set(state.tokens.subarray(row * state.length, (row + 1) * state.length), i * state.length),
  );
  const logits = positions.length
    ? await denoise({ tokens, length: state.length, t, positions: local })
    : new Float64Array(0);
  if (logits.length !== positions.length * width) {
    throw new Error(`the network returned ${logits.length} logits for ${positions.length} positions of ${width}`);
  }
  const row = new Float64Array(width);
  const called = Number(positions.length > 0);
  return {
    state: { ...state, networkCalls: state.networkCalls + called, rowEvaluations: state.rowEvaluations + rows.length },
    probabilities(n) {
      const position = positions[n]!;
      row.set(logits.subarray(n * width, (n + 1) * width));
      family.rowToLogProbs(row, state.tokens[position]!, timeOf(n));
      shape?.(row, { position: position % state.length, t: timeOf(n) });
      normalise(row);
      return row;
    },
  };
}
