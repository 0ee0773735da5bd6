import { maskedLogSoftmax, randomStream, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { gaussianSoftmax } from './gaussian-softmax';
import { gumbelSoftmax } from './gumbel-softmax';
import { relaxations } from './registry';
import type { Relaxation } from './relaxation';

beforeAll(() => useBackend());

const maskId = 1;
const logits = [0.5, 3, -0.7, 1.1];
const all: [string, Relaxation][] = [
  ...relaxations.entries().map(([name]): [string, Relaxation] => [name, relaxations.create(name)]),
  ['gumbel-softmax, straight-through', gumbelSoftmax({ straightThrough: true, temperature: 0.7 })],
  ['gaussian-softmax, straight-through', gaussianSoftmax({ straightThrough: true, temperature: 0.7 })],
  ['gaussian-softmax, other deviation', gaussianSoftmax({ deviation: 0.3 })],
];

/** Rows of the logits above, as log-probabilities without the mask. */
const sameRows = (rows: number) => maskedLogSoftmax(tf.tile(tf.tensor2d([logits]), [rows, 1]), maskId);

/** The soft rows of a relaxation, and the one-hot ones of its hard tokens. */
function relaxed(relaxation: Relaxation, rows: number, seed: number) {
  const { soft, hard } = relaxation.relax(sameRows(rows), upload(relaxation.noise(rows, 4, randomStream(seed))));
  return { soft, hard, oneHot: tf.oneHot(hard, 4) };
}

describe.each(all)('%s', (_, relaxation) => {
  it('draws tokens with the law of the rows, and never the mask', () => {
    const rows = 12000;
    const counts = [0, 0, 0, 0];
    const probs = tf.tidy(() => {
      relaxed(relaxation, rows, 9)
        .hard.dataSync()
        .forEach((id) => counts[id]!++);
      return tf.exp(sameRows(1)).dataSync();
    });
    expect(counts[maskId]).toBe(0);
    const statistic = [0, 2, 3].reduce((sum, v) => sum + (counts[v]! - rows * probs[v]!) ** 2 / (rows * probs[v]!), 0);
    expect(statistic).toBeLessThan(13.8);
  });

  it('gives rows on the simplex with a gradient', () => {
    tf.tidy(() => {
      const noise = upload(relaxation.noise(3, 4, randomStream(2)));
      const x = tf.tensor2d([logits, logits, logits]);
      const soft = (z: tf.Tensor) => relaxation.relax(maskedLogSoftmax(z, maskId), noise).soft;
      expect(tf.sum(soft(x), 1).dataSync()).toBeCloseToArray([1, 1, 1], { atol: 1e-5 });
      expect(tf.min(soft(x)).dataSync()[0]).toBeGreaterThanOrEqual(-1e-6);
      expect(tf.slice(soft(x), [0, maskId], [3, 1]).dataSync()).toBeCloseToArray([0, 0, 0], { atol: 1e-7 });
      const gradient = tf
        .grad((z: tf.Tensor) => tf.sum(tf.mul(soft(z), tf.tensor1d([1, 2, 3, 4]))))(x)
        .dataSync();
      expect(gradient.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    });
  });

  it('leaks nothing, and draws the same noise from the same stream', () => {
    const draw = () => relaxation.noise(3, 4, randomStream(2));
    expect(draw()).toEqual(draw());
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const noise = upload(draw());
      tf.grad((z: tf.Tensor) => tf.sum(tf.square(relaxation.relax(z, noise).soft)))(sameRows(3));
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is made from JSON', () => {
    expect(relaxations.create(JSON.parse(JSON.stringify(relaxation.spec))).spec).toEqual(relaxation.spec);
  });
});

describe.each([
  ['gumbel-softmax', gumbelSoftmax],
  ['gaussian-softmax', gaussianSoftmax],
])('the temperature of %s', (name, make) => {
  it('makes rows one-hot near 0, and even over all tokens but the mask far above 1', () => {
    tf.tidy(() => {
      const cold = relaxed(make({ temperature: 1e-4 }), 200, 3).soft;
      expect(tf.mean(tf.max(cold, 1)).dataSync()[0]).toBeGreaterThan(0.999);
      const even = relaxed(make({ temperature: 1e4 }), 2, 3).soft.dataSync();
      const third = 1 / 3;
      expect(even).toBeCloseToArray([third, 0, third, third, third, 0, third, third], { atol: 1e-3 });
    });
  });

  it('must be finite and above 0', () => {
    for (const temperature of [0, -1, NaN, Infinity])
      expect(() => make({ temperature })).toThrow(
        `The temperature of ${name} must be a finite number above 0; ${temperature} was given.`,
      );
  });
});

it('gumbel-softmax approaches its hard token', () => {
  tf.tidy(() => {
    const { soft, oneHot } = relaxed(gumbelSoftmax({ temperature: 1e-4 }), 200, 3);
    expect(tf.mean(tf.abs(tf.sub(soft, oneHot))).dataSync()[0]).toBeLessThan(1e-3);
  });
});

describe('gaussian-softmax', () => {
  it('approaches a token that mostly is the hard one, with nearly its law', () => {
    tf.tidy(() => {
      const rows = 12000;
      const { soft, oneHot } = relaxed(gaussianSoftmax({ temperature: 1e-4 }), rows, 3);
      const agreement = tf.sum(tf.mul(soft, oneHot)).dataSync()[0]! / rows;
      expect(agreement).toBeGreaterThan(0.93);
      expect(agreement).toBeLessThan(1);
      expect(tf.mean(soft, 0).dataSync()).toBeCloseToArray(tf.exp(sameRows(1)).dataSync(), { atol: 0.03 });
    });
  });

  it('is the simplex without its noise, at temperature 1', () => {
    tf.tidy(() => {
      const { soft } = relaxed(gaussianSoftmax({ deviation: 0 }), 1, 3);
      expect(soft.dataSync()).toBeCloseToArray(tf.exp(sameRows(1)).dataSync(), { atol: 1e-6 });
    });
  });

  it('refuses a deviation that is negative or not finite', () => {
    for (const deviation of [-0.1, NaN, Infinity])
      expect(() => gaussianSoftmax({ deviation })).toThrow(
        `The deviation of gaussian-softmax must be a finite number of at least 0; ${deviation} was given.`,
      );
  });
});

it('names an option that does not exist', () => {
  expect(() => relaxations.create({ name: 'gaussian-softmax', options: { sigma: 1 } })).toThrow(
    'has no option "sigma"',
  );
});
