import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { biasedGelu } from './activations';
import { attention } from './attention';
import {
  attendInBlocks,
  attentionGradients,
  attentionWeights,
  blockOf,
  gradientsInBlocks,
  scoresAtOnce,
} from './attention-blocks';
import { linear } from './linear';
import { gatedResidual, modulatedNorm } from './modulation';
import { rotaryTables, rotate, rotateBack } from './rotary';

beforeAll(() => useBackend());

let seed = 1;
const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', seed++);

/** Value and all gradients of ours against those that the tape finds for the formula as written. */
function sameAs(
  ours: (...x: tf.Tensor[]) => tf.Tensor,
  plain: (...x: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): void {
  tf.tidy(() => {
    const weight = random(...plain(...inputs).shape);
    const run = (fn: (...x: tf.Tensor[]) => tf.Tensor) =>
      tf.valueAndGrads((...x: tf.Tensor[]) => tf.sum(tf.mul(fn(...x), weight)))(inputs);
    const [a, b] = [run(ours), run(plain)];
    expect(ours(...inputs).dataSync()).toBeCloseToArray(plain(...inputs).dataSync(), { atol: 1e-5, rtol: 1e-5 });
    a.grads.forEach((gradient, i) => {
      expect(gradient.shape).toEqual(inputs[i]!.shape);
      expect(gradient.dataSync()).toBeCloseToArray(b.grads[i]!.dataSync(), { atol: 1e-4, rtol: 1e-4 });
    });
  });
}

const plainNorm = (x: tf.Tensor, w: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const normal = tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
  return tf.add(tf.mul(tf.mul(normal, w), tf.add(scale, 1)), shift);
};

/** Attention head by head, as the formula says. */
function plainAttention(
  qkv: tf.Tensor,
  [batch, length, heads, channels]: readonly [number, number, number, number],
  causal: boolean,
): tf.Tensor {
  const tables = rotaryTables(length, channels);
  const [cos, sin] = [tf.tensor2d(tables.cos, [length, channels]), tf.tensor2d(tables.signedSin, [length, channels])];
  const parts = tf
    .unstack(tf.reshape(qkv, [batch, length, 3, heads, channels]), 2)
    .map((part) => tf.transpose(part, [0, 2, 1, 3]));
  const [q, k, v] = [rotate(parts[0]!, cos, sin), rotate(parts[1]!, cos, sin), parts[2]!];
  const mask = tf.tensor2d(
    Array.from({ length }, (_, i) => Array.from({ length }, (__, j) => (causal && j > i ? -1e9 : 0))),
  );
  const weights = tf.softmax(tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(channels)), mask));
  return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch * length, heads * channels]);
}

describe('hand-written gradients equal those of the formula', () => {
  it('linear', () => {
    sameAs(
      (x, w, b) => linear(x, w, b),
      (x, w, b) => tf.add(tf.matMul(x, w, false, true), b),
      [random(5, 3), random(4, 3), random(4)],
    );
    sameAs(
      (x, w) => linear(x, w),
      (x, w) => tf.matMul(x, w, false, true),
      [random(5, 3), random(4, 3)],
    );
  });

  it('gelu', () => {
    const plain = (y: tf.Tensor, bias: tf.Tensor) => {
      const x = tf.add(y, bias);
      return tf.mul(
        tf.mul(x, 0.5),
        tf.add(
          tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, tf.scalar(3, 'int32')), 0.044715)), Math.sqrt(2 / Math.PI))),
          1,
        ),
      );
    };
    sameAs(biasedGelu, plain, [random(6, 7), random(7)]);
  });

  it.each([
    [2, 1],
    [1, 1],
    [2, 5],
  ])('modulatedNorm with modulations [%i, %i, H]', (rows, length) => {
    sameAs(modulatedNorm, plainNorm, [random(2, 5, 8), random(8), random(rows, length, 8), random(rows, length, 8)]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [1, 3],
  ])('gatedResidual with gates [%i, %i, H], with and without a bias', (rows, places) => {
    const inputs = [random(2, 3, 4), random(2, 3, 4), random(rows, places, 4)];
    sameAs(gatedResidual, (x, y, g) => tf.add(x, tf.mul(y, g)), inputs);
    sameAs(gatedResidual, (x, y, g, b) => tf.add(x, tf.mul(tf.add(y, b), g)), [...inputs, random(4)]);
  });

  it.each([false, true])('attention (causal %p)', (causal) => {
    const [batch, length, heads, channels] = [2, 5, 2, 4] as const;
    const shape = { batch, length, heads, channels, causal };
    sameAs(
      (qkv) => attention(qkv, shape),
      (qkv) => plainAttention(qkv, [batch, length, heads, channels], causal),
      [random(batch * length, 3 * heads * channels)],
    );
  });
});

describe('attention in blocks', () => {
  it.each([
    [false, 3],
    [true, 3],
    [true, 8],
  ])('equals attention at once, and so do its gradients (causal %p, blocks of %i)', (causal, block) => {
    tf.tidy(() => {
      const [q, k, v, dOut] = [0, 1, 2, 3].map(() => random(2, 8, 4)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const weights = attentionWeights(q, k, causal);
      const out = attendInBlocks([q, k, v], causal, block);
      expect(out.dataSync()).toBeCloseToArray(tf.matMul(weights, v).dataSync(), { atol: 1e-6 });
      const expected = attentionGradients([q, k, v], weights, out, dOut);
      gradientsInBlocks([q, k, v], out, dOut, causal, block).forEach((gradient, i) =>
        expect(gradient.dataSync()).toBeCloseToArray(expected[i]!.dataSync(), { atol: 1e-5 }),
      );
    });
  });

  it('is for long sequences and for many rows, with at most 32 MiB of scores at once', () => {
    expect(blockOf(12, 256)).toBeUndefined();
    expect(blockOf(12, 512)).toBe(512);
    expect(blockOf(192, 1024)).toBe(42);
    expect(blockOf(1024, 256)).toBe(32);
    expect(scoresAtOnce(12, 256)).toBe(12 * 256 ** 2);
    expect(scoresAtOnce(192, 1024)).toBe(192 * 1024 * 42);
  });

  it('keeps no weights of a long sequence, whose gradients are those of the formula', () => {
    const [length, heads, channels] = [512, 1, 2];
    const qkv = random(length, 3 * heads * channels);
    sameAs(
      (x) => attention(x, { batch: 1, length, heads, channels, causal: true }),
      (x) => plainAttention(x, [1, length, heads, channels], true),
      [qkv],
    );
  });
});

describe('rotary positions', () => {
  it('turn position p and channel i by p · 10000^(−2i/d), whatever was asked before', () => {
    for (const [length, channels] of [
      [3, 4],
      [5, 4],
      [5, 8],
      [3, 4],
    ] as const) {
      const { cos, signedSin } = rotaryTables(length, channels);
      expect([cos.length, signedSin.length]).toEqual([length * channels, length * channels]);
      const angle = (length - 1) * 10000 ** (-2 / channels);
      const at = (length - 1) * channels + 1;
      expect([cos[at], signedSin[at], signedSin[at + channels / 2]]).toBeCloseToArray(
        [Math.cos(angle), -Math.sin(angle), Math.sin(angle)],
        { atol: 1e-6 },
      );
    }
  });

  it('are undone by their transpose', () => {
    const { cos, signedSin } = rotaryTables(6, 8);
    const x = random(6, 8);
    const back = tf.tidy(() => {
      const [c, s] = [tf.tensor2d(cos, [6, 8]), tf.tensor2d(signedSin, [6, 8])];
      return rotateBack(rotate(x, c, s), c, s);
    });
    expect(back.dataSync()).toBeCloseToArray(x.dataSync(), { atol: 1e-5 });
    tf.dispose([x, back]);
  });
});
