import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { useBackend } from '@idlm/tools/backend';
import { type Part, type SlotInputs, inParts } from './in-parts';
import { recomputed } from './recompute';

let compile: Awaited<ReturnType<typeof useBackend>>['compile'];
beforeAll(async () => {
  ({ compile } = await useBackend());
});

const ROWS = 7;
const values = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7));
const given = () => [tf.tensor2d(values(ROWS * 3, 1), [ROWS, 3]), tf.tensor2d(values(15, 2), [5, 3])] as const;
const inputsOf = (rows: Tensor, weight: Tensor): SlotInputs => ({
  perSlot: [rows],
  shared: [weight],
  constantPerSlot: [tf.tensor1d([0, 1, 2, 3, 4, 0, 1], 'int32')],
  constants: [tf.scalar(3)],
});

/** A cross-entropy of logits, scaled. */
const fn = ({ perSlot: [x], shared: [weight], constantPerSlot: [ids], constants: [scale] }: Part) => {
  const logs = tf.logSoftmax(tf.matMul(x!, weight!, false, true));
  return tf.mul(tf.sum(tf.mul(logs, tf.oneHot(ids as tf.Tensor1D, 5)), 1), scale!);
};

/** Value and gradients of Σ f_n² as one list, in a compiled function. */
async function derived(loss: (rows: Tensor, weight: Tensor) => Tensor): Promise<number[]> {
  const run = compile((list) => {
    const { value, grads } = tf.valueAndGrads((rows: Tensor, weight: Tensor) =>
      tf.sum(tf.square(tf.tidy(() => loss(rows, weight)))),
    )(list);
    return [value, ...grads];
  });
  const inputs = [...given()];
  const results = run(inputs);
  const read = await Promise.all(results.map((result) => result.data()));
  tf.dispose([inputs, results]);
  run.dispose();
  return read.flatMap((part) => [...part]);
}

describe('inParts', () => {
  it.each([1, 2, 3, 4, 6])('of %i rows at a time has the value and the gradients of all at once', async (most) => {
    const whole = await derived((rows, weight) => fn({ ...inputsOf(rows, weight), start: 0 }));
    const parts = await derived((rows, weight) => inParts(inputsOf(rows, weight), most, fn));
    expect(parts).toBeCloseToArray(whole, { atol: 1e-5 });
  });

  it('tells each part where it starts, gives it its own rows, and never more than it may have', () => {
    const seen: number[][] = [];
    tf.tidy(() => {
      const [rows, weight] = given();
      const starts = inParts(inputsOf(rows, weight), 3, ({ start, perSlot: [own] }) => {
        seen.push([start, own!.shape[0]!]);
        return tf.fill([own!.shape[0]!], start);
      });
      expect([...starts.dataSync()]).toEqual([0, 0, 0, 3, 3, 3, 6]);
    });
    expect(seen).toEqual([
      [0, 3],
      [3, 3],
      [6, 1],
    ]);
  });

  it('is the function alone where all rows are one part', async () => {
    const whole = await derived((rows, weight) => fn({ ...inputsOf(rows, weight), start: 0 }));
    expect(await derived((rows, weight) => inParts(inputsOf(rows, weight), ROWS, fn))).toEqual(whole);
  });

  it('leaves no tensor behind, and the tape of what stands around it whole', () => {
    const [rows, weight] = given();
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const gradient = tf.grads((x: Tensor, w: Tensor) => {
        const first = inParts(inputsOf(tf.square(x), w), 2, fn);
        return tf.sum(tf.mul(first, inParts(inputsOf(x, tf.square(w)), 3, fn)));
      })([rows, weight]);
      expect(gradient.every((one) => one.dataSync().every(Number.isFinite))).toBe(true);
    });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([rows, weight]);
  });
});

/** Runs fn and keeps, of each tensor that a kernel made, the tensors that it was made of: by ids. */
function madeOf(fn: () => void): {
  ancestors: (id: number) => Set<number>;
  made: { id: number; shape: number[]; kernel: string }[];
} {
  const [parents, made] = [new Map<number, number[]>(), [] as { id: number; shape: number[]; kernel: string }[]];
  const engine = tf.engine();
  const run = engine.runKernel.bind(engine);
  const spy = jest.spyOn(engine, 'runKernel').mockImplementation((kernel, inputs, attributes) => {
    const outputs = run(kernel, inputs, attributes);
    const sources = Object.values(inputs).flat() as unknown as Tensor[];
    for (const { id, shape } of [outputs].flat() as Tensor[]) {
      parents.set(
        id,
        sources.map((source) => source.id),
      );
      made.push({ id, shape, kernel });
    }
    return outputs as never;
  });
  try {
    tf.tidy(fn);
  } finally {
    spy.mockRestore();
  }
  const ancestors = (id: number, seen = new Set<number>()): Set<number> => {
    for (const parent of parents.get(id) ?? []) if (!seen.has(parent)) ancestors(parent, seen.add(parent));
    return seen;
  };
  return { ancestors, made };
}

describe('the gradient of parts', () => {
  it('is computed one part after another: each waits for the rows and for the sums of the one before', () => {
    const [rows, weight] = given();
    const { ancestors, made } = madeOf(() => {
      const loss = (x: Tensor, w: Tensor) => tf.sum(inParts(inputsOf(x, w), 3, fn));
      tf.grads(loss)([rows, weight]);
    });
    const products = made.filter(({ kernel }) => kernel === 'BatchMatMul');
    // Of the gradient: [n, 3] of each part's rows, and [5, 3] of the weight.
    const ofRows = products.filter(({ shape: [count, width] }) => width === 3 && count !== 5);
    const ofWeight = products.filter(({ shape }) => shape.join() === '5,3');
    expect([ofRows.length, ofWeight.length]).toEqual([3, 3]);
    for (const part of [1, 2]) {
      const waitsFor = ancestors(ofRows[part]!.id);
      expect(waitsFor).toContain(ofRows[part - 1]!.id);
      expect(waitsFor).toContain(ofWeight[part - 1]!.id);
    }
    tf.dispose([rows, weight]);
  });
});

describe('recomputed', () => {
  const deep = ([x, weight]: readonly Tensor[], [scale]: readonly Tensor[]) =>
    tf.mul(tf.tanh(tf.matMul(x!, weight!, false, true)), scale!);

  it('has the value and the gradients of the function, alone and one behind another', async () => {
    const scale = () => tf.scalar(0.5);
    const plain = await derived((x, w) => tf.matMul(deep([tf.matMul(deep([x, w], [scale()]), w), w], [scale()]), w));
    const again = await derived((x, w) => {
      const once = recomputed({ inputs: [x, w], constants: [scale()] }, deep);
      const twice = recomputed({ inputs: [tf.matMul(once, w), w], constants: [scale()] }, deep);
      return tf.matMul(twice, w);
    });
    expect(again).toEqual(plain);
  });

  it('gives zeros to what the function does not depend on', () => {
    tf.tidy(() => {
      const [x, unused] = tf.grads((a: Tensor, b: Tensor) =>
        tf.sum(recomputed({ inputs: [a, b] }, ([one]) => tf.square(one!))),
      )([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])]);
      expect([...x!.dataSync(), ...unused!.dataSync()]).toEqual([2, 4, 0, 0]);
    });
  });
});
