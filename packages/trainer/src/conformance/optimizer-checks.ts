import { type ConformanceCheck, type Parameters, demand, randomStream } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Moved, Optimizer, OptimizerState, StepScalars } from '../optimizers/optimizer';

/** A matrix, a vector and a single number: what an optimizer does must not depend on the shape. */
const SHAPES: Readonly<Record<string, number[]>> = { matrix: [3, 4], bias: [4], scale: [1] };

/** Standard normal numbers times `size`, in tensors of the weights' shapes, drawn by name. */
const drawn = (label: string, size: number): Parameters =>
  Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const values = randomStream(1)
        .split(label)
        .split(name)
        .normals(shape.reduce((a, b) => a * b, 1));
      return [
        name,
        tf.tensor(
          Float32Array.from(values, (value) => size * value),
          shape,
        ),
      ];
    }),
  );

/** The scalars of update n, as a step gives them. */
function scalarsOf(optimizer: Optimizer, rate: number, n: number, scale = 1): StepScalars {
  const numbers = { ...optimizer.numbers(rate, n), scale };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)])) as never;
}

type Numbers = Readonly<Record<string, readonly number[]>>;

const numbersOf = (parameters: Parameters): Numbers =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Names and shapes of a state. */
const shapesOf = (state: OptimizerState) =>
  Object.entries(state).map(([group, tensors]) => [
    group,
    Object.entries(tensors).map(([name, { shape }]) => [name, shape]),
  ]);

/** Weights after updates with these gradients, and the state. */
function after(optimizer: Optimizer, rate: number, gradients: readonly Parameters[], scale = 1): Moved {
  let moved: Moved = { parameters: drawn('weights', 1), state: optimizer.init(drawn('weights', 1)) };
  gradients.forEach((gradient, i) => {
    moved = optimizer.update(gradient, moved.parameters, moved.state, scalarsOf(optimizer, rate, i + 1, scale));
  });
  return moved;
}

const tensorsOf = ({ parameters, state }: Moved): tf.Tensor[] =>
  [parameters, ...Object.values(state)].flatMap((group) => Object.values(group));

/** State is saved under the names of its groups, as float32, and freed apart from the weights. */
function groups(optimizer: Optimizer): void {
  const weights = drawn('weights', 1);
  const state = optimizer.init(weights);
  const taken = Object.keys(state).find((group) => group === 'weights' || group === 'ema' || !/^[\w-]+$/.test(group));
  demand(taken === undefined, `the group "${taken}" cannot be the name of a file beside those of weights and ema`);
  const shared = Object.values(state).some((group) =>
    Object.values(group).some((one) => Object.values(weights).includes(one)),
  );
  demand(!shared, '`init` gives tensors of the weights, which are not its own');
  const wrong = Object.entries(state).find(([, group]) =>
    Object.values(group).some(({ dtype }) => dtype !== 'float32'),
  );
  demand(!wrong, `the group "${wrong?.[0]}" has tensors that are not float32, so that they could not be saved`);
}

/** A traced step takes the numbers as a vector in the order of their names, which a later update must not change. */
function hostNumbers(optimizer: Optimizer): void {
  const [first, late] = [optimizer.numbers(0.01, 1), optimizer.numbers(0.02, 1000)];
  demand(same(Object.keys(first), Object.keys(late)), 'the names of numbers change from update to update');
  demand(!Object.hasOwn(first, 'scale'), 'a number is called "scale", which is the step\'s');
  const all = [...Object.values(first), ...Object.values(late)];
  demand(all.every(Number.isFinite), 'a number is not finite');
}

/** What goes in comes out: names, shapes [3, 4], [4] and [1], and float32. */
function layout(optimizer: Optimizer): void {
  const [before, moved] = [optimizer.init(drawn('weights', 1)), after(optimizer, 0.01, [drawn('gradient', 1)])];
  demand(same(shapesOf(before), shapesOf(moved.state)), 'an update changes names or shapes of the state');
  demand(
    same(shapesOf({ weights: drawn('weights', 1) }), shapesOf({ weights: moved.parameters })),
    'an update changes names or shapes of weights',
  );
  demand(
    tensorsOf(moved).every(({ dtype }) => dtype === 'float32'),
    'an update gives tensors that are not float32',
  );
}

/** The same inputs give the same bits twice and stay as they are: a refused update leaves a network as it was. */
function pure(optimizer: Optimizer): void {
  const [gradient, weights] = [drawn('gradient', 1), drawn('weights', 1)];
  const state = optimizer.init(weights);
  const given = () => [gradient, weights, ...Object.values(state)].map(numbersOf);
  const update = () => optimizer.update(gradient, weights, state, scalarsOf(optimizer, 0.01, 1));
  const [before, first, second] = [given(), update(), update()];
  demand(same(before, given()), 'an update changes what it was given');
  demand(
    same(
      tensorsOf(first).map((one) => Array.from(one.dataSync())),
      tensorsOf(second).map((one) => Array.from(one.dataSync())),
    ),
    'the same update gave other numbers',
  );
  const inputs = [gradient, weights, ...Object.values(state)].flatMap((group) => Object.values(group));
  demand(
    !tensorsOf(first).some((one) => inputs.includes(one)),
    'an update gives a tensor back that it was given; results are tensors of their own',
  );
}

/** w(rate = 0) = w, and other rates lead elsewhere: a schedule and its warm-up from 0 have their effect. */
function rateIsRead(optimizer: Optimizer): void {
  const gradient = drawn('gradient', 1);
  const weightsAt = (rate: number) => numbersOf(after(optimizer, rate, [gradient]).parameters);
  demand(same(weightsAt(0), numbersOf(drawn('weights', 1))), 'a rate of 0 changes weights');
  demand(!same(weightsAt(0.01), weightsAt(0.02)), 'the rate of an update is not read');
}

/** update(g, scale c) = update(c g, scale 1) for c = 1/4, within 1e-4: clipping and parts are in the scale alone. */
function scaleIsRead(optimizer: Optimizer): void {
  const small = [drawn('gradient', 0.25), drawn('other', 0.25)];
  const large = [drawn('gradient', 1), drawn('other', 1)];
  const [expected, actual] = [after(optimizer, 0.01, small), after(optimizer, 0.01, large, 0.25)].map(tensorsOf);
  const differs = expected!.some((one, i) => {
    const other = actual![i]!.dataSync();
    return one.dataSync().some((value, j) => Math.abs(value - other[j]!) > 1e-4 * (Math.abs(value) + 1e-3));
  });
  demand(!differs, 'a gradient with a scale is not the scaled gradient');
}

/** `moveWeight` of each weight is what `update` makes of all, bit for bit: large networks are moved by the former. */
function oneByOne(optimizer: Optimizer): void {
  const { moveWeight } = optimizer;
  if (!moveWeight) return;
  const [gradient, weights] = [drawn('gradient', 1), drawn('weights', 1)];
  const scalars = scalarsOf(optimizer, 0.01, 1);
  const state = optimizer.init(weights);
  const all = optimizer.update(gradient, weights, state, scalars);
  for (const name of Object.keys(SHAPES)) {
    const own = Object.fromEntries(Object.entries(state).map(([group, tensors]) => [group, tensors[name]!]));
    const moved = moveWeight(gradient[name]!, { weight: weights[name]!, state: own }, scalars);
    const expected = [all.parameters[name]!, ...Object.values(all.state).map((group) => group[name]!)];
    const actual = [moved.weight, ...Object.keys(all.state).map((group) => moved.state[group]!)];
    const equal = expected.every((one, i) => same(Array.from(one.dataSync()), Array.from(actual[i]!.dataSync())));
    demand(equal, `\`moveWeight\` of ${name} is not what \`update\` makes of it`);
  }
}

/** Σ (w − 3)², whose gradient is 2 (w − 3), from standard normal weights to a twentieth or less in 200 updates. */
function descends(optimizer: Optimizer, rate: number): void {
  const lossOf = (weights: Parameters) =>
    Object.values(numbersOf(weights))
      .flat()
      .reduce((sum, value) => sum + (value - 3) ** 2, 0);
  const start = drawn('weights', 1);
  let [parameters, state] = [start, optimizer.init(start)];
  for (let n = 1; n <= 200; n++) {
    const moved = tf.tidy(() => {
      const gradient = Object.entries(parameters).map(([name, weight]) => [name, tf.mul(tf.sub(weight, 3), 2)]);
      const { parameters: next, state: kept } = optimizer.update(
        Object.fromEntries(gradient) as Parameters,
        parameters,
        state,
        scalarsOf(optimizer, rate, n),
      );
      return { next, kept } as never;
    }) as { next: Parameters; kept: OptimizerState };
    [parameters, state] = [moved.next, moved.kept];
  }
  const share = lossOf(parameters) / lossOf(start);
  demand(share < 0.05, `200 updates leave ${(100 * share).toFixed(1)} % of a sum of squares`);
}

/**
 * The promises of an optimizer, to be run by any test runner on whatever backend is set.
 * @param make the optimizer, without decay of weights
 * @param rate at which it descends on a sum of squares (default 0.05)
 */
export function optimizerConformance(make: () => Optimizer, rate = 0.05): readonly ConformanceCheck[] {
  const checks: readonly (readonly [string, (optimizer: Optimizer) => void])[] = [
    ['begins with a state of its own, whose groups can be files', groups],
    ['has the same finite numbers by name in every update', hostNumbers],
    ['keeps names and shapes of weights and state', layout],
    ['is pure, with results of their own', pure],
    ['reads the rate of each update', rateIsRead],
    ['reads the scale of a gradient', scaleIsRead],
    ['moves weights one by one as all at once, where it does', oneByOne],
    ['descends', (optimizer) => descends(optimizer, rate)],
  ];
  return checks.map(([name, check]) => ({
    name,
    run: async () => {
      tf.engine().startScope();
      try {
        check(make());
      } finally {
        tf.engine().endScope();
      }
    },
  }));
}
