import { maskedLogSoftmax, randomStream, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { gumbelSoftmax } from './gumbel-softmax';
import { relaxations } from './registry';
import type { Relaxation } from './relaxation';

beforeAll(() => useBackend());

const maskId = 1;
const logits = [0.5, 3, -0.7, 1.1];
const all: [string, Relaxation][] = [
  ...relaxations.entries().map(([name]): [string, Relaxation] => [name, relaxations.create(name)]),
  ['gumbel-softmax, straight-through', gumbelSoftmax({ straightThrough: true, temperature: 0.7 })],
];

describe.each(all)('%s', (_, relaxation) => {
  it('draws tokens with the law of the rows, and never the mask', () => {
    const rows = 12000;
    const counts = [0, 0, 0, 0];
    const probs = tf.tidy(() => {
      const logProbs = maskedLogSoftmax(tf.tile(tf.tensor2d([logits]), [rows, 1]), maskId);
      relaxation
        .relax(logProbs, upload(relaxation.noise(rows, 4, randomStream(9))))
        .hard.dataSync()
        .forEach((id) => counts[id]!++);
      return tf.exp(tf.slice(logProbs, [0, 0], [1, 4])).dataSync();
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
      expect(tf.slice(soft(x), [0, maskId], [3, 1]).dataSync()).toBeCloseToArray([0, 0, 0], { atol: 1e-7 });
      const gradient = tf
        .grad((z: tf.Tensor) => tf.sum(tf.mul(soft(z), tf.tensor1d([1, 2, 3, 4]))))(x)
        .dataSync();
      expect(gradient.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    });
  });
});

it('refuses a temperature of zero', () => {
  expect(() => gumbelSoftmax({ temperature: 0 })).toThrow('must be above 0; 0 was given');
});
