import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineName } from './engine';
import { isInstalled } from './install/locations';
import { CAPACITY } from './native/tracing/compile';
import { openEngine } from './open';

/** A gradient step on a small regression: weights, inputs, rate → loss, new weights. */
const step = ([w, x, rate]: tf.Tensor[]): tf.Tensor[] => {
  const loss = (p: tf.Tensor) => tf.sum(tf.square(tf.sub(tf.tanh(tf.matMul(x!, p)), tf.scalar(0.5))));
  const { value, grads } = tf.valueAndGrads(loss)([w!]);
  return [value, tf.sub(w!, tf.mul(grads[0]!, rate!))];
};

const inputs = (seed: number, rows = 5): tf.Tensor[] => [
  tf.randomUniform([4, 3], -1, 1, 'float32', seed),
  tf.randomUniform([rows, 4], -1, 1, 'float32', seed + 1),
  tf.scalar(0.1 * seed),
];
const numbers = (tensors: tf.Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));

const engines: EngineName[] = ['wasm', ...(isInstalled() ? (['native'] as const) : [])];

describe.each(engines)('compile on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ prefer: name });
  });

  it('equals the eager function, also for later numbers and other shapes', () => {
    const compiled = engine.compile(step);
    for (const [seed, rows] of [
      [1, 5],
      [2, 5],
      [3, 8],
      [4, 5],
    ] as const) {
      const given = inputs(seed, rows);
      const [eager, fast] = [tf.tidy(() => step(given)), compiled(given)];
      numbers(fast).forEach((values, i) => expect(values).toBeCloseToArray(numbers(eager)[i]!, { atol: 1e-6 }));
      tf.dispose([given, eager, fast]);
    }
    compiled.dispose();
  });

  it('keeps what it captured, and returns an input or a constant unchanged', () => {
    const captured = tf.tensor1d([1, 2]);
    const compiled = engine.compile(([x]) => [x!, tf.add(x!, captured), tf.clone(captured)]);
    const x = tf.tensor1d([3, 4]);
    compiled([x]);
    const again = tf.tensor1d([5, 6]);
    expect(numbers(compiled([again]))).toEqual([
      [5, 6],
      [6, 8],
      [1, 2],
    ]);
    compiled.dispose();
  });

  it('tells inputs apart that share their memory when it is traced', () => {
    const compiled = engine.compile(([x, y]) => [tf.sub(x!, tf.mul(y!, tf.scalar(10)))]);
    const x = tf.tensor1d([1, 2]);
    compiled([x, tf.clone(x)]);
    expect(numbers(compiled([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])]))).toEqual([[-29, -38]]);
    compiled.dispose();
  });

  it('leaks no tensor over many calls', () => {
    const compiled = engine.compile(step);
    const given = inputs(7);
    tf.dispose(compiled(given));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 50; i++) tf.dispose(compiled(given));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(given);
  });
});

const onNative = isInstalled() ? describe : describe.skip;

onNative('compile on native only', () => {
  const native = () => openEngine({ prefer: 'native' });

  it.each<[string, (x: tf.Tensor) => tf.Tensor, string]>([
    [
      'reads a result',
      (x) => tf.mul(x, tf.square(x).dataSync()[0]!),
      'read the result of Square, of shape [2], on the',
    ],
    ['reads an input', (x) => tf.mul(x, x.dataSync()[0]!), 'read input 0, of shape [2], on the host'],
    ['has a shape that depends on data', (x) => tf.unique(x).values, 'runs UniqueV2, and the shape of its result'],
  ])('refuses a function that %s, and works on afterwards', async (_, fn, message) => {
    const engine = await native();
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    expect(() => engine.compile(([y]) => [fn(y!)])([x])).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(tf.square(x).dataSync())).toEqual([1, 4]);
  });

  it('refuses a tensor that left the function other than as a result', async () => {
    const engine = await native();
    let leaked: tf.Tensor | undefined;
    engine.compile(([x]) => {
      leaked = tf.keep(tf.square(x!));
      return [tf.neg(x!)];
    })([tf.tensor1d([1, 2])]);
    expect(() => leaked!.dataSync()).toThrow('from inside a compiled function was used outside it');
  });

  it('computes nothing while it traces', async () => {
    const engine = await native();
    const square = [4000, 4000];
    const compiled = engine.compile(([x]) => {
      let y = tf.fill(square, 1e-3).add(x!);
      // Run one by one, these would take minutes and, kept until the function ends, 3 GB.
      for (let i = 0; i < 50; i++) y = tf.matMul(y, y);
      return [tf.neg(x!)];
    });
    const before = process.resourceUsage().maxRSS;
    const [negative] = compiled([tf.scalar(1)]);
    expect(Array.from(negative!.dataSync())).toEqual([-1]);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(500 * 1024);
  });

  it('keeps a bounded number of traces, and warns once when shapes do not repeat', async () => {
    const engine = await native();
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
    let traced = 0;
    const compiled = engine.compile(([x]) => {
      traced++;
      return [tf.sum(x!)];
    });
    const sum = (size: number) => compiled([tf.ones([size])])[0]!.dataSync()[0];
    for (let size = 1; size <= CAPACITY + 2; size++) expect(sum(size)).toBe(size);
    expect(warnings.mock.calls).toEqual([[expect.stringContaining(`more than ${CAPACITY} lists of shapes`)]]);
    expect([sum(CAPACITY), traced]).toEqual([CAPACITY, CAPACITY + 2]);
    expect([sum(1), traced]).toEqual([1, CAPACITY + 3]);
    compiled.dispose();
    warnings.mockRestore();
  });

  /** Keeps the threads busy for a while; gives 1. */
  const long = ([x]: tf.Tensor[]) => {
    const even = tf.fill([700, 700], 1 / 700);
    let y = tf.mul(tf.ones([700, 700]), x!);
    for (let i = 0; i < 40; i++) y = tf.matMul(y, even);
    return [tf.mean(y)];
  };

  it('leaves this thread free while a function runs', async () => {
    const compiled = (await native()).compile(long);
    await compiled([tf.scalar(1)])[0]!.data();
    let turns = 0;
    const turn = () => {
      turns++;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    const [value] = await compiled([tf.scalar(1)])[0]!.data();
    clearImmediate(timer);
    expect(value).toBeCloseTo(1, 3);
    expect(turns).toBeGreaterThan(20);
  });

  it.each([false, true])(
    'gives results of calls that overlap, whatever is freed meanwhile (sequential: %p)',
    async (sequential) => {
      const compiled = (await native()).compile(([x, y]) => [tf.add(long([x!])[0]!, y!)], { sequential });
      const calls = [1, 2, 3, 4, 5].map((k) => {
        const [x, y] = [tf.scalar(1), tf.scalar(k)];
        const [result] = compiled([x, y]);
        tf.dispose([x, y]);
        return result!;
      });
      compiled.dispose();
      const reading = calls.map((result) => result.data());
      tf.dispose(calls);
      const values = (await Promise.all(reading)).map(([value]) => value!);
      expect(values).toBeCloseToArray([2, 3, 4, 5, 6], { atol: 1e-3 });
    },
  );

  describe('after a failure inside a function', () => {
    const failing = async () => {
      const compiled = (await native()).compile(([x, at]) => [tf.gather(x!, at as tf.Tensor1D)]);
      return (at: number) => compiled([tf.tensor1d([7, 8]), tf.tensor1d([at], 'int32')])[0]!;
    };
    const outOf = (at: number) => new RegExp(`^TensorFlow: .*indices\\[0\\] = ${at} is not in \\[0, 2\\)`);
    const worksOn = async (take: (at: number) => tf.Tensor) =>
      expect(await Promise.all([0, 1, 0, 1].map((at) => take(at).array()))).toEqual([[7], [8], [7], [8]]);

    it('whoever reads is told, and all works on', async () => {
      const take = await failing();
      await expect(take(5).data()).rejects.toThrow(outOf(5));
      expect(() => take(6).dataSync()).toThrow(outOf(6));
      await worksOn(take);
    });

    it('all works on if nobody reads', async () => {
      const take = await failing();
      take(5).dispose();
      take(5).dispose();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await worksOn(take);
    });

    it('all works on if an op takes the result', async () => {
      const take = await failing();
      expect(() => tf.add(take(5), 1)).toThrow(outOf(5));
      await worksOn(take);
    });
  });

  it('reads any number of tensors at once', async () => {
    const compiled = (await native()).compile(([x]) => [tf.add(x!, 1)]);
    const results = Array.from({ length: 600 }, (_, i) => compiled([tf.scalar(i)])[0]!);
    const values = await Promise.all(results.map((result) => result.data()));
    expect(values.map(([value]) => value)).toEqual(results.map((_, i) => i + 1));
  });

  it('refuses a function that calls a compiled one', async () => {
    const engine = await native();
    const inner = engine.compile(([x]) => [tf.neg(x!)]);
    expect(() => engine.compile(([x]) => inner([x!]))([tf.scalar(1)])).toThrow(
      'A compiled function called another one',
    );
  });

  it('runs without compiling when told so', async () => {
    const engine = await openEngine({ prefer: 'native', compile: 'off' });
    expect(
      Array.from(
        engine
          .compile(([y]) => [tf.mul(y!, y!.dataSync()[0]!)])([tf.tensor1d([3])])[0]!
          .dataSync(),
      ),
    ).toEqual([9]);
  });
});
