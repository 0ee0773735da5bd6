import { useBackend } from '@idlm/tools/backend';
import { mixture } from '@idlm/tools/mixture-process';
import * as tf from '@tensorflow/tfjs-core';
import { d3pm } from '../families/d3pm/absorbing';
import type { Family } from '../families/family';
import { mdlm } from '../families/mdlm/mdlm';
import { families } from '../families/registry';
import { udlm } from '../families/udlm/udlm';
import { absorbing } from '../processes/absorbing';
import type { ForwardProcess } from '../processes/process';
import { uniform } from '../processes/uniform';
import { duoCosine } from '../schedules/cosine';
import { logLinear } from '../schedules/log-linear';
import { schedules } from '../schedules/registry';
import type { NoiseSchedule } from '../schedules/schedule';
import type { Spec } from '../spec';
import { oneHotRows } from '../tensors/rows';
import type { ConformanceCheck } from '../conformance';
import { chiSquareLimit } from './chi-square';
import { familyConformance } from './families';
import type { FamilyConformanceOptions } from './family-subject';
import { processConformance } from './processes';
import { scheduleConformance } from './schedules';

beforeAll(() => useBackend());

/** Runs a suite as tests. */
const holds = (checks: readonly ConformanceCheck[]) =>
  it.each(checks.map((check) => [check.name, check] as const))('%s', (_, check) => check.run());

/** What the checks of a suite that fail say. */
const faultsIn = async (checks: readonly ConformanceCheck[]): Promise<string> => {
  const found: string[] = [];
  for (const { run } of checks)
    await run().catch((error: Error) => {
      found.push(error.message);
    });
  return found.join('\n');
};

it('knows the quantiles of chi-square', () => {
  // 99.99 % quantiles from tables.
  for (const [freedom, quantile] of [
    [1, 15.14],
    [4, 23.51],
    [20, 52.39],
  ] as const)
    expect(Math.abs(chiSquareLimit(freedom) / quantile - 1)).toBeLessThan(0.15);
});

describe.each(schedules.entries().map(([name]) => name))('schedule %s', (name) =>
  holds(scheduleConformance(() => schedules.create(name))),
);

describe.each([
  ['absorbing', () => absorbing({ vocabSize: 4, maskId: 1 })],
  ['uniform', () => uniform({ vocabSize: 4 })],
  ['of noise that is neither', () => mixture([0.1, 0.3, 0.4, 0.2], 1)],
] as const)('process %s', (_, make) => holds(processConformance(make)));

const [vocabSize, maskId] = [5, 2];
const forms: readonly (readonly [spec: string | Spec, options?: FamilyConformanceOptions])[] = [
  ['mdlm'],
  [{ name: 'mdlm', options: { importanceSampling: true } }],
  ['udlm'],
  [{ name: 'udlm', options: { reconstruction: true } }],
  ['duo'],
  ['duo', { update: 0 }],
  ['sedd'],
  [{ name: 'sedd', options: { process: 'uniform' } }],
  ['d3pm'],
  [{ name: 'd3pm', options: { parameterization: 'mean-without-mask', steps: 20 } }],
  [{ name: 'd3pm', options: { process: 'uniform', steps: 20 } }],
];

describe.each(forms.map(([spec, options]) => [JSON.stringify([spec, options]), spec, options] as const))(
  'family %s',
  (_, spec, options) => {
    holds(familyConformance(() => families.create(spec, { vocabSize, maskId }), options));

    it('is checked without a tensor left behind', async () => {
      const before = tf.memory().numTensors;
      await faultsIn(familyConformance(() => families.create(spec, { vocabSize, maskId }), options));
      expect(tf.memory().numTensors).toBe(before);
    });
  },
);

/** Deliberate faults, each with the words by which its suite must find it. */
const brokenSchedules: readonly [string, Partial<NoiseSchedule>, RegExp][] = [
  ['rises', { alpha: (t) => t }, /alpha does not fall/],
  ['leaves its range', { alpha: (t) => 2 - t }, /leaves \[0, 1\]/],
  ['has another slope', { dAlpha: () => -1.1 }, /dAlpha/],
  ['forgets the rate', { dSigma: () => 1 }, /dSigma/],
  ['has another sigma', { sigma: (t) => 2 * t }, /sigma\(0.01\)/],
  ['inverts wrongly', { inverse: (alpha) => alpha }, /inverse/],
  ['draws even times for important ones', { importance: { time: (t) => t, weight: 6.9 } }, /the weight at importance/],
  ['is not what its spec says', { spec: { name: 'linear', options: {} } }, /spec/],
];
it.each(brokenSchedules)('finds a schedule that %s', async (_, fault, words) =>
  expect(await faultsIn(scheduleConformance(() => ({ ...logLinear(), ...fault })))).toMatch(words),
);
it('finds the slope that the Duo repository reports for its cosine schedule', async () =>
  expect(await faultsIn(scheduleConformance(() => duoCosine({ eps: 0.1, derivative: 'reference' })))).toMatch(
    /dAlpha/,
  ));

const process = uniform({ vocabSize: 4 });
const brokenProcesses: readonly [string, Partial<ForwardProcess>, RegExp][] = [
  ['begins with one token', { prior: (batch, length) => new Int32Array(batch * length) }, /prior/],
  [
    'keeps too much',
    { transition: (clean, alpha, out) => process.transition(clean, Math.sqrt(alpha), out) },
    /transition/,
  ],
  [
    'forgets the clean token',
    {
      posterior: (current, clean, s, t, out) =>
        process.posterior(current, clean.length ? [0.25, 0.25, 0.25, 0.25] : [], s, t, out),
    },
    /Bayes/,
  ],
  [
    'adds to what was there',
    {
      posterior(current, clean, s, t, out) {
        const before = out.slice();
        process.posterior(current, clean, s, t, out);
        out.forEach((value, v) => (out[v] = value + before[v]!));
      },
    },
    /Bayes/,
  ],
  [
    'ends in more than a law',
    {
      transition: (clean, alpha, out) => (
        process.transition(clean, alpha, out),
        out.forEach((p, v) => (out[v] = p * 1.1))
      ),
    },
    /sum of the law of all noise/,
  ],
  ['holds its tokens for settled', { isOpen: () => false }, /isOpen says false/],
  [
    'moves twice as fast',
    {
      cleanToRates: (clean, current, level) =>
        process.cleanToRates(clean, current, { ...level, dAlpha: 2 * level.dAlpha }),
    },
    /rate at which .* from clean probabilities/,
  ],
  [
    'moves at rates of another size of vocabulary',
    { scoresToRates: (scores, current, dSigma) => process.scoresToRates(scores, current, 4 * dSigma) },
    /rate at which .* from scores/,
  ],
  [
    'steps half as far',
    { scoresToStep: (scores, current, noise) => process.scoresToStep(scores, current, noise / 2) },
    /by exact scores/,
  ],
];
it.each(brokenProcesses)('finds a process that %s', async (_, fault, words) =>
  expect(await faultsIn(processConformance(() => ({ ...process, ...fault })))).toMatch(words),
);

const masked = mdlm({ vocabSize, maskId });
const moved = udlm({ vocabSize });
type Fault = (family: Family) => Partial<Family>;
const brokenFamilies: readonly [string, Family, Fault, RegExp][] = [
  ['predicts the mask', masked, () => ({ toLogProbs: (logits) => tf.logSoftmax(logits) }), /predicts the mask/],
  ['does not normalise', moved, () => ({ toLogProbs: (logits) => logits }), /sum of a row/],
  [
    'predicts otherwise on the host',
    moved,
    (family) => ({
      slotToLogProbs(row, current, t) {
        row.forEach((value, v) => (row[v] = value / 2));
        family.slotToLogProbs(row, current, t);
      },
    }),
    /host and device/,
  ],
  [
    'tells the network another noise',
    masked,
    (family) => ({
      noise(...given) {
        const noise = family.noise(...given);
        return { ...noise, sigma: { ...noise.sigma, values: noise.sigma.values.map((sigma) => 2 * sigma) } };
      },
    }),
    /law of the process/,
  ],
  [
    'counts what the network knows',
    masked,
    (family) => ({
      loss: (...given) => ({ perPosition: tf.add(family.loss(...given).perPosition, 1) }),
    }),
    /knows the clean tokens/,
  ],
  [
    'rewards errors',
    moved,
    (family) => ({ loss: (...given) => ({ perPosition: tf.neg(family.loss(...given).perPosition) }) }),
    /ignorant network|negative/,
  ],
  [
    'has an infinite slope',
    masked,
    (family) => ({
      loss(output, ...given) {
        const nothing = tf.sqrt(tf.sum(tf.mul(output, 0), 1));
        return { perPosition: tf.add(family.loss(output, ...given).perPosition, nothing) };
      },
    }),
    /not finite/,
  ],
  [
    'lets no gradient reach a student’s rows',
    masked,
    (family) => ({
      loss: (output, { ids, soft }, ...given) =>
        family.loss(output, { ids, soft: soft && { ...soft, probs: oneHotRows(soft.drawn, vocabSize) } }, ...given),
    }),
    /Cannot compute gradient|zero everywhere/,
  ],
  [
    'halves soft tokens',
    masked,
    (family) => ({
      loss: (output, clean, ...given) => {
        const { perPosition } = family.loss(output, clean, ...given);
        return { perPosition: clean.soft ? tf.div(perPosition, 2) : perPosition };
      },
    }),
    /one-hot row/,
  ],
  [
    'ignores marks',
    masked,
    (family) => ({
      noise: (clean, ...given) => family.noise({ ...clean, valid: clean.valid.map(() => 1) }, ...given),
    }),
    /counts a token that is given|was noised/,
  ],
  [
    'counts padding',
    masked,
    (family) => ({
      loss: (...given) => ({ perPosition: tf.add(family.loss(...given).perPosition, 1e-6) }),
    }),
    /padding has a loss/,
  ],
  [
    'keeps a state of its own',
    moved,
    (family) => {
      let calls = 0;
      return {
        noise: (clean, times, random, options) => family.noise(clean, times, random.split(`call ${calls++}`), options),
      };
    },
    /same stream gave other draws/,
  ],
  [
    'draws another trajectory at each time',
    moved,
    (family) => {
      let drawn = 0;
      return {
        trajectory: (clean, random) => (times) => family.noise(clean, times, random.split(`draw ${drawn++}`)),
      };
    },
    /moves again later/,
  ],
];
it.each(brokenFamilies)('finds a family that %s', async (_, family, fault, words) =>
  expect(await faultsIn(familyConformance(() => ({ ...family, ...fault(family) })))).toMatch(words),
);
it('finds a reconstruction at padding', async () => {
  const family = d3pm({ vocabSize, maskId, parameterization: 'mean-without-mask' });
  const everywhere: Family = {
    ...family,
    reconstruction: { ...family.reconstruction!, loss: (_, __, { positions }) => tf.ones([positions.size]) },
  };
  expect(await faultsIn(familyConformance(() => everywhere))).toMatch(/padding has a loss/);
});

it('finds nothing in the top form of Duo, whose noisy token is the first of the largest entries', async () => {
  const make = () => families.create({ name: 'duo', options: { top: 4 } }, { vocabSize });
  expect(await faultsIn(familyConformance(make, { update: 0, soft: false }))).toBe('');
});
