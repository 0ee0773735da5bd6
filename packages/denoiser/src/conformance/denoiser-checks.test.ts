import type { Denoiser, Parameters as Weights } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import type { DitConfig } from '../dit/config';
import { dit } from '../dit/dit';
import { initialParameters, parameterShapes } from '../dit/parameters';
import type { NetworkType } from '../networks/network-type';
import { denoisers } from '../registry';
import { denoiserConformance } from './denoiser-checks';

beforeAll(() => useBackend());

const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 6, timeConditioned: true };
const sizes = { hidden: 8, blocks: 1, heads: 2, inner: 16, epsilon: 1e-5, vocabSize: 5, length: 6 };
const gpt2 = { ...sizes, timeConditioned: false, causal: true };
const untimed = { ...config, timeConditioned: false };

describe.each([
  ['a transformer that reads the noise level', { type: 'dit', config }],
  ['one that does not, with a row start', { type: 'dit', config: { ...untimed, rowStart: 4 } }],
  [
    'one whose configuration has its fields in another order',
    {
      type: 'dit',
      config: { timeConditioned: true, vocabSize: 5, heads: 2, cond: 4, length: 6, blocks: 1, hidden: 8 },
    },
  ],
  ['a causal one', { type: 'causal-dit', config: { ...untimed, causal: true } }],
  ['a GPT-2', { type: 'gpt2', config: gpt2 }],
])('%s', (_, network) => {
  it.each(denoiserConformance(network).map(({ name, run }) => [name, run] as const))('%s', async (__, run) => {
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

type Apply = Denoiser['apply'];
const base = dit(config);

/** The transformer with another way to apply it. */
const applied = (apply: (own: Apply, ...given: Parameters<Apply>) => tf.Tensor): Partial<NetworkType<DitConfig>> => ({
  create: (given) => ({ ...own(given), apply: (...call) => tf.tidy(() => apply(dit(given).apply, ...call)) }),
});

let types = 0;
/** The description of a transformer of a type of its own, with a fault. */
function faulty(change: Partial<NetworkType<DitConfig>>, given: DitConfig) {
  const type = `faulty-${types++}`;
  const whole: NetworkType<DitConfig> = {
    description: 'a transformer with a fault',
    create: own,
    shapes: parameterShapes,
    initial: initialParameters,
    ...change,
  };
  const named = {
    ...whole,
    create: (each: DitConfig) => ({ ...whole.create(each), ...describes(whole.create(each), type) }),
  };
  denoisers.register(type, named);
  return { type, config: given };
}
const own = (given: DitConfig): Denoiser => dit(given);
const describes = (made: Denoiser, type: string) => ({
  describe: () => ({ ...made.describe(), type: made.describe().type === 'dit' ? type : made.describe().type }),
});

const leaked: tf.Tensor[] = [];
afterAll(() => tf.dispose(leaked));
let calls = 0;

type Mutant = [name: string, change: Partial<NetworkType<DitConfig>>, message: RegExp, given?: DitConfig];

/** Faults that the checks must find, with a word of what they say. */
const mutants: readonly Mutant[] = [
  [
    'another description',
    { create: (given) => ({ ...own(given), describe: () => ({ type: 'other', config }) }) },
    /describes itself as "other"/,
  ],
  [
    'another length in its description',
    { create: (given) => ({ ...own(given), describe: () => ({ type: 'dit', config: { ...given, length: 1 } }) }) },
    /describe\(\) gives/,
  ],
  ['another width', { create: (given) => ({ ...own(given), vocabSize: 4 }) }, /vocabSize 4; its configuration says 5/],
  [
    'another claim of time',
    { create: (given) => ({ ...own(given), timeConditioned: false }) },
    /timeConditioned is not that/,
  ],
  [
    'weights that it does not name',
    { initial: (given, random) => ({ ...initialParameters(given, random), more: tf.zeros([1]) }) },
    /have more of shape \[1\]; its shapes say none/,
  ],
  [
    'weights in another order',
    {
      initial: (given, random) => Object.fromEntries(Object.entries(initialParameters(given, random)).reverse()),
    },
    /other names, shapes or order/,
  ],
  [
    'weights of chance',
    { initial: (given, random) => chance(initialParameters(given, random)) },
    /the same stream gave other weights/,
  ],
  ['flat logits', applied((apply, ...call) => tf.reshape(apply(...call), [-1, 5])), /have shape \[12,5\]|shape/],
  ['a logit that is infinite', applied((apply, ...call) => tf.div(apply(...call), 0)), /a logit is not finite/],
  [
    'positions that are off by one',
    applied((apply, weights, input, sigma, { positions } = {}) => {
      const shifted = positions && tf.cast(tf.maximum(tf.sub(positions, 1), 0), 'int32');
      return apply(weights, input, sigma, shifted && { positions: shifted });
    }),
    /at asked positions differ/,
  ],
  [
    'rows that see each other',
    applied((apply, ...call) => {
      const all = apply(...call);
      return tf.add(all, tf.mean(all));
    }),
    /alone differs from itself among others/,
  ],
  [
    'a deaf network',
    applied((apply, weights, input, sigma, options) => apply(weights, input, tf.zerosLike(sigma), options)),
    /the noise level changes nothing/,
  ],
  [
    'time that is read unsaid',
    { create: (given) => ({ ...own(given), apply: base.apply }) },
    /timeConditioned is false, and the noise level changes/,
    untimed,
  ],
  [
    'a look at later tokens',
    {
      create: (given) => ({
        ...own(given),
        describe: () => ({ type: 'dit', config: given }),
        apply: dit(untimed).apply,
      }),
    },
    /causal is true, and the last token changes/,
    { ...untimed, causal: true },
  ],
  [
    'a leak',
    {
      create: (given) => ({
        ...own(given),
        apply: (...call) => {
          const made = dit(given).apply(...call);
          leaked.push(tf.keep(tf.clone(made)));
          return made;
        },
      }),
    },
    /leaves \d+ tensors behind/,
  ],
  [
    'constants of other weights',
    {
      create: (given) => ({
        ...own(given),
        constants: (weights) =>
          tf.tidy(() => own(given).constants!({ ...weights, 'blocks.0.norm1.weight': tf.zeros([given.hidden]) })),
      }),
    },
    /with what `constants` gives logits differ/,
    untimed,
  ],
  [
    'a constant of the name of a weight',
    { create: (given) => ({ ...own(given), constants: () => ({ 'vocab_embed.embedding': tf.zeros([5, 8]) }) }) },
    /a constant has the name vocab_embed.embedding/,
  ],
  ['calls that count', applied((apply, ...call) => tf.add(apply(...call), calls++)), /the same call gave other logits/],
  [
    'a gradient that is none',
    applied((apply, ...call) => {
      const all = apply(...call);
      return tf.add(all, tf.mul(0, tf.sqrt(tf.mul(all, 0))));
    }),
    /the gradient of .* is not finite/,
  ],
];

/** Weights moved by a number that grows with each call. */
function chance(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, tf.add(weight, calls++)]));
}

it.each(mutants.map(([name, ...mutant]) => [name, mutant] as const))(
  'finds %s',
  async (_, [change, message, given = config]) => {
    const errors: string[] = [];
    for (const { run } of denoiserConformance(faulty(change, given)))
      await run().catch((error: Error) => errors.push(error.message));
    expect(errors.join('\n')).toMatch(message);
  },
);
