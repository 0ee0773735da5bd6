import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { openEngine } from '../open';

// Calls that tfjs's WASM kernels answer wrongly, against tfjs's plain JavaScript.

/** Fewer than usual: each of many operations is tried so often. */
const numRuns = 25;

beforeAll(async () => {
  await openEngine({ prefer: 'cpu' });
  await openEngine({ prefer: 'wasm' });
});

function madeOn(name: string, op: () => tf.Tensor) {
  // Both are open: no promise is waited for.
  void tf.setBackend(name);
  const before = tf.memory().numTensors;
  const made = tf.tidy(() => {
    const result = op();
    return { shape: result.shape, dtype: result.dtype, numbers: Array.from(result.dataSync(), (x) => x + 0) };
  });
  expect(tf.memory().numTensors).toBe(before);
  return made;
}

const expectAlike = (op: () => tf.Tensor) => expect(madeOn('wasm', op)).toEqual(madeOn('cpu', op));

/** Floats with all that kernels lose: no numbers, infinities, zeros of both signs, and what is near zero. */
const special = fc.oneof(
  fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e-30, -1e-30),
  fc.integer({ min: -20, max: 20 }).map((x) => x / 4),
);
const rows = fc.array(special, { minLength: 1, maxLength: 20 });

it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['maximum', (x) => tf.maximum(x, tf.reverse(x))],
  ['maximum of a scalar', (x) => tf.maximum(0.5, x)],
  ['minimum', (x) => tf.minimum(x, tf.reverse(x))],
  ['relu6', (x) => tf.relu6(x)],
  ['clipByValue', (x) => tf.clipByValue(x, -1.5, 2)],
  ['sign', (x) => tf.sign(x)],
  ['cast to bool', (x) => tf.cast(x, 'bool')],
  ['prelu', (x) => tf.prelu(x, tf.scalar(0.25))],
  ['isNaN', (x) => tf.isNaN(x)],
  ['isInf', (x) => tf.isInf(x)],
  ['isFinite', (x) => tf.isFinite(x)],
])('%s keeps NaN, infinities and what is near zero', (_, op) =>
  fc.assert(
    fc.property(rows, (values) => expectAlike(() => op(tf.tensor1d(values)))),
    { numRuns },
  ),
);

// To integers whose bits are those of floats, small and large, NaN and infinite.
const integers = fc.array(
  fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer(), fc.constantFrom(0x7f800000, 0x7fc00000)),
  {
    minLength: 1,
    maxLength: 20,
  },
);

it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['isNaN', (x) => tf.isNaN(x)],
  ['isInf', (x) => tf.isInf(x)],
  ['isFinite', (x) => tf.isFinite(x)],
  ['clipByValue', (x) => tf.clipByValue(x, -3, 5)],
  ['sign', (x) => tf.sign(x)],
  ['cast to bool', (x) => tf.cast(x, 'bool')],
  ['abs', (x) => tf.abs(tf.maximum(x, -(2 ** 30)))],
  ['relu', (x) => tf.relu(x)],
  ['maximum', (x) => tf.maximum(x, tf.reverse(x))],
  ['max', (x) => tf.max(x)],
  ['argMin', (x) => tf.argMin(x)],
])('%s takes whole numbers for what they are', (_, op) =>
  fc.assert(
    fc.property(integers, (values) => expectAlike(() => op(tf.tensor1d(values, 'int32')))),
    { numRuns },
  ),
);

it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
  ['log1p', (x) => tf.log1p(tf.abs(x))],
  ['asinh', (x) => tf.asinh(x)],
  ['acosh', (x) => tf.acosh(tf.add(tf.abs(x), tf.scalar(1, 'int32')))],
  ['reciprocal', (x) => tf.reciprocal(tf.add(tf.abs(x), tf.scalar(1, 'int32')))],
])('%s of whole numbers is what plain JavaScript makes of it, and not what lay in memory', (_, op) =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) =>
      expectAlike(() => op(tf.tensor1d(values, 'int32'))),
    ),
    { numRuns },
  ),
);

it.each<[string, (x: tf.Tensor, axis: number) => tf.Tensor]>([
  ['sum', (x, axis) => tf.sum(x, axis)],
  ['prod', (x, axis) => tf.prod(x, axis)],
  ['max', (x, axis) => tf.max(x, axis)],
  ['min', (x, axis) => tf.min(x, axis)],
  ['mean', (x, axis) => tf.mean(x, axis)],
  ['all', (x, axis) => tf.all(tf.cast(x, 'bool'), axis)],
  ['any', (x, axis) => tf.any(tf.cast(x, 'bool'), axis)],
])('%s of nothing is no foreign memory', (_, reduce) => {
  for (const [shape, axis] of [
    [[2, 0], 1],
    [[0, 3], 0],
    [[2, 0, 3], 0],
  ] as const)
    expectAlike(() => reduce(tf.zeros([...shape]), axis));
});

it.each(['float32', 'int32', 'bool'] as const)('oneHot is of the type %s that is asked for', (dtype) =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 9 }),
      fc.boolean(),
      (ids, isPlain) => {
        const [on, off] = isPlain || dtype === 'bool' ? [1, 0] : [7, -3];
        expectAlike(() => tf.oneHot(tf.tensor1d(ids, 'int32'), 4, on, off, dtype));
        expectAlike(() => tf.mul(tf.oneHot(tf.tensor1d(ids, 'int32'), 4, on, off, dtype), 0.5));
      },
    ),
    { numRuns },
  ),
);

it('oneHot keeps halves', () => expectAlike(() => tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3, 0.5, -0.25, 'float32')));

it('convolves with filters narrower than their stride, whatever the padding', () =>
  fc.assert(
    fc.property(
      fc.record({
        height: fc.integer({ min: 1, max: 3 }),
        width: fc.integer({ min: 1, max: 3 }),
        strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        pad: fc.constantFrom('same' as const, 'valid' as const),
        depthwise: fc.boolean(),
      }),
      ({ height, width, strides, pad, depthwise }) => {
        const counted = (shape: number[]) => tf.reshape(tf.range(1, shape.reduce((a, b) => a * b, 1) + 1), shape);
        expectAlike(() => {
          const x = counted([1, 6, 5, 2]) as tf.Tensor4D;
          const filter = counted([height, width, 2, 2]) as tf.Tensor4D;
          return depthwise ? tf.depthwiseConv2d(x, filter, strides, pad) : tf.conv2d(x, filter, strides, pad);
        });
      },
    ),
  ));
