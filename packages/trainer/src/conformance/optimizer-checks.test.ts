import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { normalised } from '../../test/own-optimizer';
import { adamw } from '../optimizers/adamw';
import { lion } from '../optimizers/lion';
import type { Optimizer, StepScalars } from '../optimizers/optimizer';
import { optimizerConformance } from './optimizer-checks';

beforeAll(() => useBackend());

describe.each([
  ['adamw', () => adamw()],
  ['lion', () => lion()],
  ["one of one's own", () => normalised()],
] as const)('%s', (_, make) => {
  it.each(optimizerConformance(make).map(({ name, run }) => [name, run] as const))('%s', async (__, run) => {
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

const good = adamw();
const scaled = (scalars: StepScalars, change: Partial<Record<string, tf.Tensor>>) =>
  ({ ...scalars, ...change }) as StepScalars;
const changed = (change: Partial<Optimizer>): Optimizer => ({ ...good, moveWeight: undefined, ...change });

/** Faults that the checks must find, with a word of what they say. */
const mutants: readonly (readonly [string, Optimizer, RegExp])[] = [
  ['a group called ema', changed({ init: (p) => ({ ema: good.init(p)['first']! }) }), /group "ema" cannot be the name/],
  ['the weights as its state', changed({ init: (p) => ({ first: p, second: p }) }), /which are not its own/],
  [
    'numbers that come later',
    changed({ numbers: (rate, n) => ({ ...good.numbers(rate, n), ...(n > 1 ? { late: 1 } : {}) }) }),
    /names of numbers change/,
  ],
  [
    'a number that is not finite',
    changed({ numbers: (rate, n) => ({ ...good.numbers(rate, n), gain: 1 / (n - 1) }) }),
    /is not finite/,
  ],
  [
    'weights that lose a dimension',
    changed({
      update: (...given) => {
        const moved = good.update(...given);
        const flat = Object.entries(moved.parameters).map(([name, one]) => [name, tf.reshape(one, [-1])]);
        return { ...moved, parameters: Object.fromEntries(flat) };
      },
    }),
    /names or shapes of weights/,
  ],
  [
    'a state that grows',
    changed({
      update: (...given) => {
        const moved = good.update(...given);
        return { ...moved, state: { ...moved.state, third: moved.state['first']! } };
      },
    }),
    /names or shapes of the state/,
  ],
  [
    'its inputs as results',
    changed({ update: (g, p, state, scalars) => ({ ...good.update(g, p, state, scalars), state }) }),
    /results are tensors of their own/,
  ],
  [
    'chance',
    changed({
      update: (g, p, state, scalars) =>
        good.update(g, p, state, scaled(scalars, { stepSize: tf.randomUniform([], 0.01, 0.02) })),
    }),
    /other numbers/,
  ],
  ['a frozen rate', changed({ numbers: (_, n) => good.numbers(0.01, n) }), /a rate of 0 changes weights/],
  [
    'a rate that only counts',
    changed({ numbers: (rate, n) => good.numbers(rate && 0.01, n) }),
    /rate of an update is not read/,
  ],
  [
    'no scale',
    changed({ update: (g, p, state, scalars) => good.update(g, p, state, scaled(scalars, { scale: tf.scalar(1) })) }),
    /not the scaled gradient/,
  ],
  [
    'another move of one weight',
    changed({ moveWeight: (g, before, s) => good.moveWeight!(tf.neg(g), before, s) }),
    /is not what `update` makes/,
  ],
  [
    'the wrong way',
    changed({
      update: (g, p, state, scalars) =>
        good.update(g, p, state, scaled(scalars, { stepSize: tf.neg(scalars['stepSize']!) })),
    }),
    /leave .* % of a sum of squares/,
  ],
];

it.each(mutants)('finds %s', async (_, optimizer, message) => {
  const errors: string[] = [];
  for (const { run } of optimizerConformance(() => optimizer))
    await run().catch((error: Error) => errors.push(error.message));
  expect(errors.join('\n')).toMatch(message);
});
