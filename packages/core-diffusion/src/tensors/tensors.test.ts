import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '@idlm/tools/backend';
import { randomStream } from '../random/stream';
import { checkShape } from './check-shape';
import { detach } from './detach';
import { type Feed, floatFeed, intFeed, uniformFeed, upload } from './feeds';
import { type KernelDefinition, kernel } from './kernel';
import { structureOf, pack, unpack } from './named';
import { logSoftmax, maskedLogSoftmax } from './log-softmax';
import { drawCategories, pickEntries, softCrossEntropy } from './rows';

beforeAll(() => useBackend());

describe('drawCategories', () => {
  it('follows its weights, and never draws an entry of probability zero', () => {
    const weights = [0, 0.5, 0, 0.125, 0.375, 0];
    const draws = 20000;
    const counts = tf.tidy(() => {
      const { u } = upload({ u: uniformFeed(randomStream(2).uniforms(draws)) });
      const seen = [0, 0, 0, 0, 0, 0];
      drawCategories(tf.tile(tf.tensor2d([weights]), [draws, 1]), u)
        .dataSync()
        .forEach((k) => seen[k]!++);
      return seen;
    });
    expect([counts[0], counts[2], counts[5]]).toEqual([0, 0, 0]);
    expect(
      weights.reduce((sum, p, k) => (p ? sum + (counts[k]! - p * draws) ** 2 / (p * draws) : sum), 0),
    ).toBeLessThan(13.8);
  });

  it('stays inside at the largest uniform, for any scale of weights', () => {
    const { u } = upload({ u: uniformFeed(Float64Array.of(1 - 2 ** -53, 1 - 2 ** -53, 0)) });
    const drawn = tf.tidy(() =>
      drawCategories(
        tf.tensor2d([
          [0.3, 0.7, 0],
          [1e-20, 3e-20, 0],
          [0, 0.2, 0.8],
        ]),
        u,
      ).dataSync(),
    );
    expect(Array.from(drawn)).toEqual([1, 1, 1]);
    u.dispose();
  });

  it('draws no zero where sums in blocks round the cumulative sum down at places, as on GPUs', () => {
    const backend = tf.getBackend();
    const exact = tf.getKernel('Cumsum', backend);
    const sums = [0.25, 0.5, 0.5 - 2 ** -24, 0.5, 1, 1 - 2 ** -23];
    tf.unregisterKernel('Cumsum', backend);
    tf.registerKernel({ ...exact, kernelFunc: () => tf.tensor2d([sums, sums, sums]) });
    const { u } = upload({ u: floatFeed([0.5 - 2 ** -24, 0.5, 1 - 2 ** -23]) });
    try {
      const weights = tf.tile(tf.tensor2d([[0.25, 0.25, 0, 0, 0.5, 0]]), [3, 1]);
      expect(Array.from(drawCategories(weights, u).dataSync())).toEqual([1, 4, 4]);
    } finally {
      tf.unregisterKernel('Cumsum', backend);
      tf.registerKernel(exact);
      u.dispose();
    }
  });

  it('refuses shapes that do not fit', () => {
    const [weights, uniforms] = [tf.ones([3, 4]), tf.zeros([2])];
    expect(() => drawCategories(weights, uniforms)).toThrow('uniforms must have shape [N = 3]; it has [2].');
    tf.dispose([weights, uniforms]);
  });

  it('is a constant to gradients', () => {
    const uniforms = tf.tensor1d([0.5]);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, tf.cast(drawCategories(x, uniforms), 'float32'))))(
      tf.tensor2d([[1, 3]]),
    );
    expect(Array.from(gradient.dataSync())).toEqual([1, 1]);
  });
});

describe('row operations', () => {
  it('pickEntries scatters its gradient', () => {
    const ids = tf.tensor1d([2, 0], 'int32');
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
      tf.sum(tf.mul(pickEntries(x, ids), tf.tensor1d([10, 20]))),
    )(
      tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    );
    expect(value.dataSync()[0]).toBe(110);
    expect(Array.from(grad.dataSync())).toEqual([0, 0, 10, 20, 0, 0]);
  });

  it('pickEntries keeps what its gradient needs when its ids are freed early', () => {
    const logits = tf.zeros([2, 3]);
    const grad = tf.grad((x: tf.Tensor) =>
      tf.tidy(() => tf.sum(pickEntries(x, tf.add(tf.zeros([2], 'int32'), tf.ones([2], 'int32'))))),
    )(logits);
    expect(Array.from(grad.dataSync())).toEqual([0, 1, 0, 0, 1, 0]);
    tf.dispose([logits, grad]);
  });

  it('softCrossEntropy of a point mass is the picked entry', () => {
    const logProbs = logSoftmax(tf.tensor2d([[1, 2, 4]]));
    expect(softCrossEntropy(logProbs, tf.tensor2d([[0, 0, 1]])).dataSync()[0]).toBeCloseTo(-logProbs.dataSync()[2]!, 6);
  });

  it('logSoftmax has the gradient of its formula, also for large logits', () => {
    const x = tf.tensor2d([
      [1000, 1001, 999],
      [-3, 0, 2],
    ]);
    const weight = tf.tensor2d([
      [1, 2, 3],
      [-1, 0.5, 2],
    ]);
    const plain = tf.grad((z: tf.Tensor) => tf.sum(tf.mul(tf.logSoftmax(z), weight)))(x);
    const ours = tf.grad((z: tf.Tensor) => tf.sum(tf.mul(logSoftmax(z), weight)))(x);
    expect(ours.dataSync()).toBeCloseToArray(plain.dataSync(), { atol: 1e-5 });
    const row = maskedLogSoftmax(x, 1).dataSync();
    expect(row[1]).toBeLessThan(-1e5);
    expect(Math.exp(row[0]!) + Math.exp(row[2]!)).toBeCloseTo(1, 5);
  });
});

describe('named tensors', () => {
  const tensors = () => ({
    weights: { b: tf.tensor1d([1, 2]), a: tf.scalar(3) },
    none: {},
    scale: tf.scalar(4),
    feeds: { inner: { ids: tf.tensor1d([5]) } },
  });

  it('become one list and groups again, in the order of the structure', () => {
    tf.tidy(() => {
      const given = tensors();
      const structure = structureOf(given);
      const list = pack(given, structure);
      expect(list).toEqual([given.weights.b, given.weights.a, given.scale, given.feeds.inner.ids]);
      expect(unpack(list, structure)).toEqual(given);
    });
  });

  it('are packed by name, whatever the order they are given in', () => {
    tf.tidy(() => {
      const given = tensors();
      const { weights, none, scale, feeds } = given;
      const turned = { feeds, scale, none, weights: { a: weights.a, b: weights.b } };
      expect(pack(turned, structureOf(given))).toEqual(pack(given, structureOf(given)));
    });
  });
});

describe('feeds', () => {
  it('travel in groups, which are freed as a whole; what is undefined is none', () => {
    const before = tf.memory().numTensors;
    const group: { readonly a: Feed; readonly b?: Feed } = { a: floatFeed([1]), b: undefined };
    const fed = upload({ ids: intFeed(Int32Array.of(7)), group });
    expect([fed.ids.dataSync()[0], fed.group.a.dataSync()[0], Object.keys(fed.group)]).toEqual([7, 1, ['a']]);
    tf.dispose(fed);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('become tensors of their type and shape', () => {
    const { x } = upload({ x: floatFeed([1, 2, 3, 4], [2, 2]) });
    expect([x.dtype, x.shape]).toEqual(['float32', [2, 2]]);
    x.dispose();
  });

  it('keep their type when the array comes from another realm', () => {
    const values = runInNewContext('Int32Array.of(3, 1)') as Int32Array;
    const { ids } = upload({ ids: { values, shape: [2] } });
    expect([ids.dtype, Array.from(ids.dataSync())]).toEqual(['int32', [3, 1]]);
    ids.dispose();
  });
});

it('detach frees what it makes and cuts the tape', () => {
  const before = tf.memory().numTensors;
  const x = tf.scalar(3);
  const g = tf.grad((y: tf.Tensor) =>
    tf.mul(
      y,
      detach(() => tf.square(y)),
    ),
  )(x);
  expect(g.dataSync()[0]).toBe(9);
  tf.dispose([x, g]);
  expect(tf.memory().numTensors).toBe(before);
});

it('checkShape names what was expected', () => {
  const x = tf.zeros([2, 3]);
  expect(checkShape('logits', x, 'B L')).toEqual({ B: 2, L: 3 });
  expect(() => checkShape('logits', x, 'B L V', { V: 7 })).toThrow(
    'logits must have shape [B, L, V = 7]; it has [2, 3].',
  );
  expect(() => checkShape('logits', Promise.resolve(x) as never, 'B L', { B: 2 })).toThrow(
    'logits must be a tensor of shape [B = 2, L]; it is [object Promise].',
  );
  expect(() => checkShape('square', x, 'B B')).toThrow('square must have shape [B, B]');
});

describe('kernel', () => {
  afterEach(() => Object.assign(tf.backend(), { fuse: undefined }));
  const add = kernel('sum', (a: tf.Tensor, b: tf.Tensor) => [tf.add(a, b)]);
  const sum = () => tf.tidy(() => Array.from(add(tf.scalar(1), tf.scalar(2))[0].dataSync()));

  it('runs op by op on a backend that makes no kernels', () => {
    expect(sum()).toEqual([3]);
  });

  it('hands its definition, the same each time, and the inputs to one that does', () => {
    const fuse = jest.fn((definition: KernelDefinition, inputs: tf.Tensor[]) => definition.fn(inputs));
    Object.assign(tf.backend(), { fuse });
    expect([sum(), sum()]).toEqual([[3], [3]]);
    const [first, second] = fuse.mock.calls.map(([definition]) => definition);
    expect(first!.name).toBe('sum');
    expect(second).toBe(first);
  });
});
