import * as tf from '@tensorflow/tfjs-core';
import { runPlainly } from '@idlm/core-diffusion';
import { openEngine } from '../open';
import { values } from './operations';
import { startOfTraining, train, trainingStep } from './step';

beforeAll(() => openEngine({ prefer: 'cpu' }));

const SIZES = { batch: 2, length: 3, width: 4, vocab: 5 };
type Matrix = number[][];

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const columnOf = (matrix: Matrix, j: number): number[] => matrix.map((row) => row[j]!);
const times = (a: Matrix, b: Matrix): Matrix => a.map((row) => b[0]!.map((_, j) => dot(row, columnOf(b, j))));
const softmax = (row: readonly number[]): number[] => {
  const exponentials = row.map((x) => Math.exp(x - Math.max(...row)));
  return exponentials.map((x) => x / exponentials.reduce((a, b) => a + b));
};
const normalized = (row: readonly number[]): number[] => {
  const mean = row.reduce((a, b) => a + b) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
};

/** The documented loss, written again in plain numbers of double precision. */
function lossOf(ids: readonly number[], targets: readonly number[], weights: readonly Matrix[]): number {
  const [embedding, query, key, value, out] = weights as [Matrix, Matrix, Matrix, Matrix, Matrix];
  const losses = range(SIZES.batch).flatMap((row) => {
    const at = range(SIZES.length).map((i) => row * SIZES.length + i);
    const x = at.map((i) => embedding[ids[i]!]!);
    const normal = x.map(normalized);
    const [q, k, v] = [query, key, value].map((matrix) => times(normal, matrix)) as [Matrix, Matrix, Matrix];
    const attention = q.map((one) => softmax(k.map((other) => dot(one, other) / Math.sqrt(SIZES.width))));
    const mixed = times(times(attention, v), out);
    return at.map((i, t) => {
      const state = normalized(x[t]!.map((value_, d) => value_ + mixed[t]![d]!));
      return -Math.log(softmax(embedding.map((token) => dot(state, token)))[targets[i]!]!);
    });
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

/** What a first step is given, in plain numbers. */
function started() {
  const tensors = startOfTraining(SIZES);
  const [ids, targets, rate, ...state] = tensors.map((tensor) => tensor.arraySync());
  return {
    tensors,
    ids: ids as number[],
    targets: targets as number[],
    rate: rate as number,
    weights: state.slice(0, 5) as Matrix[],
    momenta: state.slice(5) as Matrix[],
  };
}

describe('the training step that engines are checked by', () => {
  it('has the loss that is documented', () => {
    const { tensors, ids, targets, weights } = started();
    const results = runPlainly(trainingStep(SIZES))(tensors);
    expect(results[0]!.dataSync()[0]).toBeCloseTo(lossOf(ids, targets, weights), 5);
    tf.dispose([...tensors, ...results]);
  });

  it('goes down the slope of that loss, weight by weight, and remembers it as momentum', () => {
    const { tensors, ids, targets, rate, weights } = started();
    const results = runPlainly(trainingStep(SIZES))(tensors);
    const moved = results.slice(1).map((tensor) => tensor.arraySync() as Matrix);
    const step = 1e-5;
    weights.forEach((weight, w) =>
      weight.forEach((row, i) =>
        row.forEach((number, j) => {
          const changed = (by: number) =>
            weights.map((matrix, other) =>
              other === w ? matrix.map((r, a) => (a === i ? r.map((n, b) => (b === j ? n + by : n)) : r)) : matrix,
            );
          const [above, below] = [step, -step].map((by) => lossOf(ids, targets, changed(by))) as [number, number];
          const slope = (above - below) / (2 * step);
          expect(moved[5 + w]![i]![j]).toBeCloseTo(slope, 4);
          expect(moved[w]![i]![j]).toBeCloseTo(number - rate * slope, 4);
        }),
      ),
    );
    tf.dispose([...tensors, ...results]);
  });

  it('adds to nine tenths of the momentum', () => {
    const { tensors } = started();
    const first = runPlainly(trainingStep(SIZES))(tensors);
    const pushed = [...tensors.slice(0, 8), ...tensors.slice(8).map((zeros) => tf.add(zeros, 10))];
    const second = runPlainly(trainingStep(SIZES))(pushed);
    for (const i of range(5)) {
      const [alone, with10] = [first, second].map((results) => results[6 + i]!.dataSync()) as [
        Float32Array,
        Float32Array,
      ];
      expect(Array.from(with10, (x, n) => x - alone[n]!)).toBeCloseToArray(
        Array.from(alone, () => 9),
        { atol: 1e-5 },
      );
      const weights = second[1 + i]!.dataSync();
      const before = tensors[3 + i]!.dataSync();
      expect(Array.from(weights)).toBeCloseToArray(
        Array.from(before, (x, n) => x - 0.1 * with10[n]!),
        { atol: 1e-6 },
      );
    }
    tf.dispose([...tensors, ...pushed, ...first, ...second]);
  });
});

describe('what a first step is given', () => {
  it('is tokens of the vocabulary, a rate, weights about nought within their bound, and no momentum', () => {
    const { tensors, ids, targets, rate, weights, momenta } = started();
    expect([ids.length, targets.length, rate]).toEqual([6, 6, expect.closeTo(0.1, 6)]);
    for (const token of [...ids, ...targets]) expect(range(SIZES.vocab)).toContain(token);
    expect(weights.map((matrix) => [matrix.length, matrix[0]!.length])).toEqual([
      [5, 4],
      ...range(4).map(() => [4, 4]),
    ]);
    const numbers = weights.flat(2);
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThan(1.6 / Math.sqrt(SIZES.width));
    expect([numbers.some((x) => x > 0.1), numbers.some((x) => x < -0.1)]).toEqual([true, true]);
    expect(new Set(momenta.flat(2))).toEqual(new Set([0]));
    tf.dispose(tensors);
  });

  it('comes from the minimal standard generator, whose ten thousandth number Park and Miller print', () => {
    const drawn = values([10_000], 1);
    expect(drawn.dataSync().at(-1)).toBeCloseTo(0.2 + (1.6 * 1043618065) / 2147483647, 6);
    drawn.dispose();
  });
});

it('training gives losses and then the last weights, hands each state on, and keeps no tensor', () => {
  const before = tf.memory().numTensors;
  const firsts: number[] = [];
  const numbers = train(
    ([, , , ...state]) => {
      firsts.push(state[0]!.dataSync()[0]!);
      return [
        tf.scalar(state[5]!.dataSync()[0]!),
        ...state.map((tensor, i) => tf.tidy(() => (i < 5 ? tf.clone(tensor) : tf.add(tensor, 1)))),
      ];
    },
    SIZES,
    3,
  );
  // Momenta count the steps, weights stay.
  expect(numbers.slice(0, 3)).toEqual([0, 1, 2]);
  expect(numbers).toHaveLength(3 + 5 * 4 + 4 * 16);
  expect(numbers[3]).toBe(firsts[0]);
  expect(tf.memory().numTensors).toBe(before);
});
