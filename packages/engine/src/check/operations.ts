import * as tf from '@tensorflow/tfjs-core';
import type { TensorFunction } from '@idlm/core-diffusion';

/**
 * Values in (0.2, 1.8) from a fixed recurrence: positive, so that every op below is smooth there. The same on every engine, since they
 * are made on the host.
 * @param seed a whole number in 1 … 2³¹ − 2, where s ← 16807 s mod 2³¹ − 1 begins
 * Source: Park & Miller (1988), "minimal standard" generator.
 */
export function values(shape: number[], seed: number): tf.Tensor {
  let state = seed;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, () => {
    state = (state * 16807) % 2147483647;
    return 0.2 + (1.6 * state) / 2147483647;
  });
  return tf.tensor(data, shape);
}

/** An operation under test: x [4, 6], positive, to any tensor. */
export type Op = (x: tf.Tensor) => tf.Tensor;
/** Rows of [4, 6] and of other tensors, one of them twice: the gradient of a gather adds there. */
const ids = () => tf.tensor1d([2, 0, 2, 3], 'int32');
const pairs = () => tf.tensor2d([0, 3, 1, 2, 2, 0], [2, 3], 'int32');
const holed = () => tf.tensor1d([1, NaN, 9, -Infinity]);
const square = () => values([6, 6], 5);

/**
 * Every operation that a transformer, its losses and its optimizer use, on x [4, 6], each with its gradient. Those called large are so
 * in `WORTH_A_CALL` of the WASM engine's products, which has another way for them.
 */
export const SMOOTH: Record<string, Op> = {
  matMul: (x) => tf.matMul(x, square()),
  'matMul, second transposed': (x) => tf.matMul(x, square(), false, true),
  'matMul, first transposed': (x) => tf.matMul(x, values([4, 3], 6), true, false),
  'matMul, batched': (x) => tf.matMul(tf.reshape(x, [2, 2, 6]), values([2, 6, 3], 7)),
  'fused matMul with bias': (x) =>
    tf.fused.matMul({ a: x as tf.Tensor2D, b: square() as tf.Tensor2D, bias: values([6], 8) }),
  'matMul, large, second transposed': (x) => tf.matMul(tf.tile(x, [16, 11]), values([40, 66], 5), false, true),
  'matMul, large, first transposed': (x) => tf.matMul(tf.tile(x, [16, 11]), values([64, 40], 5), true, false),
  'matMul, large, both transposed': (x) => tf.matMul(tf.tile(x, [16, 11]), values([40, 64], 5), true, true),
  'matMul, large, a batch': (x) => tf.matMul(tf.reshape(tf.tile(x, [48, 32]), [3, 64, 192]), values([3, 192, 16], 7)),
  'matMul, large, a batch, second transposed': (x) =>
    tf.matMul(tf.reshape(tf.tile(x, [48, 32]), [3, 64, 192]), values([3, 16, 192], 7), false, true),
  'fused matMul, large, transposed': (x) =>
    tf.fused.matMul({
      a: tf.tile(x, [16, 11]) as tf.Tensor2D,
      b: values([40, 66], 5) as tf.Tensor2D,
      bias: values([40], 8),
      transposeB: true,
    }),
  'fused matMul with bias, a batch': (x) =>
    tf.fused.matMul({ a: tf.reshape(x, [2, 2, 6]), b: values([2, 6, 3], 7), bias: values([3], 8) }),
  'fused matMul with bias, first transposed': (x) =>
    tf.fused.matMul({
      a: x as tf.Tensor2D,
      b: values([4, 3], 6) as tf.Tensor2D,
      bias: values([3], 8),
      transposeA: true,
    }),
  'matMul by one matrix in two shapes': (x) =>
    tf.add(tf.sum(tf.matMul(values([2, 4], 5), x)), tf.matMul(values([5, 8], 6), tf.reshape(x, [8, 3]))),
  prelu: (x) => tf.prelu(tf.sub(x, 1), values([6], 3)),
  'conv1d, its filter narrower than its stride': (x) =>
    tf.conv1d(tf.reshape(x, [2, 6, 2]) as tf.Tensor3D, values([2, 2, 3], 4) as tf.Tensor3D, 3, 'same'),
  add: (x) => tf.add(x, values([6], 1)),
  sub: (x) => tf.sub(values([4, 1], 2), x),
  mul: (x) => tf.mul(x, values([4, 1], 3)),
  div: (x) => tf.div(values([6], 4), x),
  pow: (x) => tf.pow(x, tf.scalar(1.5)),
  maximum: (x) => tf.maximum(x, tf.scalar(1)),
  minimum: (x) => tf.minimum(x, values([6], 9)),
  exp: tf.exp,
  log: tf.log,
  log1p: tf.log1p,
  expm1: tf.expm1,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  square: tf.square,
  abs: tf.abs,
  neg: tf.neg,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  cos: tf.cos,
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  sum: (x) => tf.sum(x, 1),
  'sum over the first axis': (x) => tf.sum(x, 0, true),
  cumsum: (x) => tf.cumsum(x, 1),
  'cumsum of an axis counted from the end': (x) => tf.cumsum(x, -1),
  'cumsum over the first axis, exclusive': (x) => tf.cumsum(x, 0, true),
  'cumsum from the end': (x) => tf.cumsum(x, 1, false, true),
  mean: (x) => tf.mean(x, -1, true),
  max: (x) => tf.max(x, 1),
  gather: (x) => tf.gather(x, ids()),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, ids(), 5),
  concat: (x) => tf.concat([x, values([4, 2], 3)], 1),
  split: (x) => tf.add(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])),
  slice: (x) => tf.slice(x, [1, 2], [2, 3]),
  'sum over two leading axes': (x) => tf.sum(tf.reshape(x, [2, 2, 6]), [0, 1]),
  'sum over all': (x) => tf.sum(x),
  'gather with a matrix of ids': (x) => tf.gather(x, tf.tensor2d([2, 0, 3, 3], [2, 2], 'int32')),
  'gather along another axis': (x) => tf.gather(x, ids(), 1),
  'gather with a batch dimension': (x) => tf.gather(tf.reshape(x, [2, 3, 4]), pairs(), 2, 1),
  'gather with two batch dimensions': (x) =>
    tf.gather(tf.reshape(x, [2, 2, 6]), tf.tensor3d([5, 0, 3, 3], [2, 2, 1], 'int32'), -1, 2),
  'concat along the first axis': (x) => tf.concat([x, values([2, 6], 3)], 0),
  'concat of three': (x) => tf.concat([x, values([4, 2], 3), tf.neg(x)], -1),
  'split into uneven pieces': (x) => tf.mul(...(tf.split(x, [2, 1, 3], 1).slice(0, 2) as [tf.Tensor, tf.Tensor])),
  clone: (x) => tf.mul(tf.clone(x), x),
  'transpose of five axes': (x) => tf.transpose(tf.reshape(x, [2, 2, 1, 3, 2]), [2, 0, 3, 1, 4]),
  'transpose of six axes, the last moved': (x) => tf.transpose(tf.reshape(x, [2, 2, 1, 3, 2, 1]), [5, 4, 0, 3, 1, 2]),
  'tile along both axes': (x) => tf.tile(x, [3, 2]),
  transpose: (x) => tf.transpose(tf.reshape(x, [2, 2, 3, 2]), [2, 0, 3, 1]),
  tile: (x) => tf.tile(x, [2, 1]),
  stack: (x) => tf.stack([x, values([4, 6], 2)]),
  unstack: (x) => tf.unstack(x)[2]!,
  where: (x) => tf.where(tf.greater(values([4, 6], 3), tf.scalar(1)), x, tf.neg(x)),
  clipByValue: (x) => tf.clipByValue(x, 0.5, 1.2),
};

/** Operations on integers, and others without a gradient. */
export const DISCRETE: Record<string, Op> = {
  argMax: (x) => tf.argMax(x, 1),
  oneHot: () => tf.oneHot(ids(), 5),
  lessEqual: (x) => tf.cast(tf.lessEqual(x, tf.scalar(1)), 'int32'),
  isFinite: (x) => tf.cast(tf.isFinite(tf.log(tf.sub(x, 1))), 'int32'),
  range: () => tf.range(0, 12, 3, 'int32'),
  'integer where': () => tf.where(tf.equal(ids(), tf.scalar(2, 'int32')), tf.scalar(7, 'int32') as tf.Tensor, ids()),
  'integer gather': () => tf.gather(tf.tensor1d([5, 6, 7, 8], 'int32'), ids()),
  'integer maximum': () => tf.maximum(ids(), tf.scalar(1, 'int32')),
};

/** Special values, nothing at all and whole numbers, without a gradient: where kernels are wrong in silence. */
export const EDGES: Record<string, Op> = {
  'maximum with NaN': () => tf.maximum(holed(), tf.tensor1d([NaN, 1, 3, -Infinity])),
  'minimum with NaN': () => tf.minimum(holed(), tf.scalar(NaN)),
  'clipByValue with NaN': () => tf.clipByValue(holed(), -1, 1),
  'relu6 with NaN': () => tf.relu6(holed()),
  'max with NaN': () => tf.max(holed()),
  'softmax with −Infinity': () => tf.softmax(tf.tensor2d([-Infinity, 0, -Infinity, 1, 1e4, -1e4], [2, 3])),
  'sign near zero': () => tf.sign(tf.tensor1d([1e-9, -1e-30, 0, -2])),
  'cast to bool': () => tf.cast(tf.cast(tf.tensor1d([-1, 0.5, 256, 0]), 'bool'), 'int32'),
  'sum of nothing': () => tf.sum(tf.zeros([3, 0], 'int32'), 1),
  'prod of nothing': () => tf.prod(tf.zeros([3, 0]), 1),
  'matMul of nothing': () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
  'gather of nothing': () => tf.gather(tf.zeros([3, 2]), tf.tensor1d([], 'int32')),
  'argMax of equals': () => tf.argMax(tf.tensor2d([1, 3, 3, 2, 2, 0], [2, 3]), 1),
  'topk of equals': () => tf.topk(tf.tensor1d([1, 2, 1, 2, 2]), 4).indices,
  'cumprod of an axis counted from the end': (x) => tf.cumprod(x, -1, true),
  einsum: (x) => tf.einsum('ij,kj->ki', x, values([3, 6], 9)),
  'integer matMul': () => tf.matMul(tf.reshape(ids(), [2, 2]), tf.reshape(ids(), [2, 2])),
  'integer clipByValue': () => tf.clipByValue(ids(), 1, 2),
  'integer round': () => tf.round(ids()),
  'integer stridedSlice': () => tf.stridedSlice(ids(), [0], [4], [2]),
  'integer gather with a batch dimension': () =>
    tf.gather(tf.range(0, 24, 1, 'int32').reshape([2, 3, 4]), pairs(), 2, 1),
  'integer sum beyond 24 bits': () => tf.sum(tf.tensor1d([1 << 25, 1, 1, 1], 'int32')),
};

/** The input that operations are tried on. */
export const operand = (): tf.Tensor => values([4, 6], 42);

/**
 * An operation as a function of `operand()`, with the gradient of a weighted sum of its result where it has one: [z] or
 * [z, ∂(Σ w z)/∂x] with fixed weights w, which differ, so that what a gradient mixes up does not cancel.
 */
export const operationWithGradient =
  (op: Op, differentiate: boolean): TensorFunction =>
  ([x]) => {
    const value = op(x!);
    if (!differentiate) return [value];
    const weighted = (z: tf.Tensor) => tf.sum(tf.mul(op(z), values(value.shape, 11)));
    return [value, tf.grad(weighted)(x!)];
  };
