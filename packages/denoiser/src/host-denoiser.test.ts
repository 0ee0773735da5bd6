import { type Compile, logLinear, randomStream, runPlainly } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { dit } from './dit/dit';
import { initialParameters } from './dit/parameters';
import { callSizes, hostDenoiser } from './host-denoiser';
import { rowsPerCall, splitRequest } from './host-request';

const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 6, timeConditioned: true };

const largestOf = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('hostDenoiser', () => {
  it('gives the logits of the asked positions, whatever the padding, and leaks nothing', async () => {
    const engine = await useBackend();
    const parameters = Object.fromEntries(
      Object.entries(initialParameters(config, randomStream(1))).map(([name, value], i) => [
        name,
        tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i)),
      ]),
    );
    const schedule = logLinear();
    const denoise = hostDenoiser({ denoiser: dit(config), parameters, schedule, compile: engine.compile, maxRows: 8 });
    const rows = 21;
    const tokens = randomStream(2).integers(rows * config.length, config.vocabSize);
    const positions = Int32Array.from([0, 3, 5, 40, 41, 42, 43, 44, 45, 46, 60, 125]);
    const all = tf.tidy(() =>
      dit(config)
        .apply(
          parameters,
          { ids: tf.tensor2d(tokens, [rows, config.length], 'int32') },
          tf.fill([rows], schedule.sigma(0.4)),
        )
        .dataSync(),
    );
    const expected = Array.from(positions).flatMap((position) =>
      Array.from(all.subarray(position * 5, position * 5 + 5)),
    );
    const before = tf.memory().numTensors;
    expect(await denoise.denoise({ tokens, length: config.length, t: 0.4, positions })).toBeCloseToArray(expected, {
      atol: 1e-5,
    });
    expect(await denoise.denoise({ tokens, length: config.length, t: 0.4, positions: new Int32Array(0) })).toEqual(
      new Float32Array(0),
    );
    expect(tf.memory().numTensors).toBe(before);
    denoise.dispose();
    tf.dispose(parameters);
  });
});

it('hostDenoiser asks a large network for few long rows at a time, unless it is told how many', async () => {
  const rowsOf = async (size: number, maxRows?: number) => {
    const rows: number[] = [];
    const network = hostDenoiser({
      denoiser: {
        ...dit(config),
        constants: undefined,
        apply: (_, input, __, { positions } = {}) => {
          rows.push((input as { ids: tf.Tensor }).ids.shape[0]!);
          return tf.zeros([positions!.size, config.vocabSize]);
        },
      },
      parameters: { some: { size } as tf.Tensor },
      schedule: logLinear(),
      maxRows,
    });
    const positions = Int32Array.from({ length: 4 }, (_, row) => 1024 * row);
    await network.denoise({ tokens: new Int32Array(4 * 1024), length: 1024, t: 0.5, positions });
    network.dispose();
    return rows;
  };
  await useBackend();
  expect(await rowsOf(2 ** 25 - 1)).toEqual([4]);
  expect(await rowsOf(2 ** 25)).toEqual([2, 2]);
  expect(await rowsOf(2 ** 25, 16)).toEqual([4]);
});

it('hostDenoiser has as many calls under way as the engine is worth, and one of a large network', () => {
  const compile: Compile = (fn, options) => Object.assign(runPlainly(fn, options), { atOnce: 2 });
  const atOnce = (size: number) =>
    hostDenoiser({
      ...{ denoiser: dit(config), schedule: logLinear(), compile },
      parameters: { some: { size: 2 ** 24 } as tf.Tensor, others: { size } as tf.Tensor },
    }).atOnce;
  expect([atOnce(2 ** 24 - 1), atOnce(2 ** 24)]).toEqual([2, 1]);
});

it('hostDenoiser computes what follows from the weights alone once, and frees it', async () => {
  await useBackend();
  const untimed = { ...config, timeConditioned: false };
  const parameters = initialParameters(untimed, randomStream(1));
  const network = dit(untimed);
  const constants = jest.fn(network.constants!);
  const plain = hostDenoiser({ denoiser: { ...network, constants: undefined }, parameters, schedule: logLinear() });
  const asked = { tokens: randomStream(2).integers(6, 5), length: 6, t: 0.4, positions: Int32Array.from([0, 3, 5]) };
  const expected = await plain.denoise(asked);
  const before = tf.memory().numTensors;
  const denoise = hostDenoiser({ denoiser: { ...network, constants }, parameters, schedule: logLinear() });
  for (let call = 0; call < 2; call++)
    expect(await denoise.denoise(asked)).toBeCloseToArray(Array.from(expected), { atol: 1e-6 });
  expect(constants).toHaveBeenCalledTimes(1);
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  denoise.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(parameters);
});

it('hostDenoiser takes fewer rows in a call where their logits are many, and gives the same', async () => {
  await useBackend();
  const parameters = initialParameters(config, randomStream(1));
  const calls: number[] = [];
  const network = dit(config);
  const denoiser: typeof network = {
    ...network,
    apply(given, input, sigma, options) {
      calls.push(sigma.shape[0]);
      return network.apply(given, input, sigma, options);
    },
  };
  const tokens = randomStream(2).integers(8 * config.length, config.vocabSize);
  const positions = Int32Array.from({ length: 8 * config.length }, (_, i) => i);
  const request = { tokens, length: config.length, t: 0.4, positions };
  const results = [];
  for (const maxLogits of [undefined, 2 * config.length * config.vocabSize, 1]) {
    const denoise = hostDenoiser({ denoiser, parameters, schedule: logLinear(), maxLogits });
    results.push(Array.from(await denoise.denoise(request)));
    denoise.dispose();
  }
  expect(calls).toEqual([8, 2, 2, 2, 2, ...new Array<number>(8).fill(1)]);
  expect(results[1]).toBeCloseToArray(results[0]!, { atol: 1e-5 });
  expect(results[2]).toBeCloseToArray(results[0]!, { atol: 1e-5 });
  tf.dispose(parameters);
});

it('hostDenoiser makes many logits for some entries of the vocabulary at a time', async () => {
  await useBackend();
  const [length, vocabSize] = [700, 50_258];
  const wide = { ...config, hidden: 2, heads: 1, length, vocabSize };
  const parameters = initialParameters(wide, randomStream(1));
  const network = dit(wide);
  const entries: number[] = [];
  const head = {
    ...network.head!,
    apply(own: typeof parameters, states: tf.Tensor) {
      entries.push(own[network.head!.weights[0]!]!.shape[0]!);
      return network.head!.apply(own, states);
    },
  };
  const denoise = hostDenoiser({ denoiser: { ...network, head }, parameters, schedule: logLinear() });
  const request = { tokens: new Int32Array(length).fill(7), length, t: 0.4 };
  const few = await denoise.denoise({ ...request, positions: Int32Array.of(3, 699) });
  expect(entries).toEqual([]);
  const positions = Int32Array.from({ length }, (_, i) => i);
  const many = await denoise.denoise({ ...request, positions });
  expect(entries.reduce((a, b) => a + b, 0)).toBe(vocabSize);
  expect(Math.max(...entries)).toBeLessThanOrEqual(2 ** 23 / length);
  const rowOf = (logits: Float32Array, n: number) => Array.from(logits.subarray(n * vocabSize, (n + 1) * vocabSize));
  expect(many).toHaveLength(length * vocabSize);
  expect(rowOf(many, 3)).toBeCloseToArray(rowOf(few, 0), { atol: 1e-6 });
  expect(rowOf(many, 699)).toBeCloseToArray(rowOf(few, 1), { atol: 1e-6 });
  denoise.dispose();
  tf.dispose(parameters);
});

it('hostDenoiser gives each row the logits of its own time, in parts and padded too', async () => {
  await useBackend();
  const parameters = Object.fromEntries(
    Object.entries(initialParameters(config, randomStream(1))).map(([name, value], i) => [
      name,
      tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i)),
    ]),
  );
  const { length, vocabSize } = config;
  const denoise = hostDenoiser({ denoiser: dit(config), parameters, schedule: logLinear(), maxRows: 4 });
  expect(denoise.timesPerRow).toBe(true);
  const times = Float64Array.of(0.9, 0.2, 0.6, 0.6, 0.05, 0.4, 1);
  const tokens = randomStream(2).integers(times.length * length, vocabSize);
  const positions = Int32Array.from({ length: times.length * 2 }, (_, i) => 3 * i + (i % 2));
  const mixed = await denoise.denoise({ tokens, length, t: 1, times, positions });
  for (const [row, t] of times.entries()) {
    const own = positions.subarray(2 * row, 2 * row + 2).map((position) => position - row * length);
    const alone = await denoise.denoise({
      tokens: tokens.slice(row * length, (row + 1) * length),
      length,
      t,
      positions: own,
    });
    expect(mixed.subarray(2 * row * vocabSize, (2 * row + 2) * vocabSize)).toBeCloseToArray(Array.from(alone), {
      atol: 1e-5,
    });
  }
  const one = await denoise.denoise({ tokens, length, t: 1, positions });
  expect(largestOf(mixed.map((value, i) => value - one[i]!))).toBeGreaterThan(0.05);
  const wrong = { tokens, length, t: 1, times: times.subarray(1), positions };
  await expect(denoise.denoise(wrong)).rejects.toThrow('of a request: 7 rows and 6 times were given.');
  denoise.dispose();
  tf.dispose(parameters);
});

describe('hostDenoiser refuses', () => {
  const serve = async (maxRows?: number) => {
    await useBackend();
    const parameters = initialParameters(config, randomStream(1));
    return { parameters, denoise: hostDenoiser({ denoiser: dit(config), parameters, schedule: logLinear(), maxRows }) };
  };

  it.each([
    [13, 6, [0], 'Tokens must be whole rows of 6; 13 were given.'],
    [12, 0, [0], 'Tokens must be whole rows of 0; 12 were given.'],
    [12, 6, [3, 2], 'Positions must ascend within 0 to 11; 2 after 3 was given.'],
    [12, 6, [12], 'Positions must ascend within 0 to 11; 12 after 0 was given.'],
    [12, 6, [-1], 'Positions must ascend within 0 to 11; -1 after 0 was given.'],
    [14, 7, [0], 'The model reads at most 6 tokens; a sequence of 7 was given.'],
  ])('%i tokens in rows of %i with positions %p, leaking nothing', async (count, length, positions, message) => {
    const { denoise, parameters } = await serve();
    const before = tf.memory().numTensors;
    const request = { tokens: new Int32Array(count), length, t: 0.5, positions: Int32Array.from(positions) };
    await expect(denoise.denoise(request)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(parameters);
  });

  it('logits that no machine holds, in a sentence', async () => {
    await useBackend();
    const parameters = initialParameters(config, randomStream(1));
    const denoiser = { ...dit(config), vocabSize: 2 ** 40 };
    const denoise = hostDenoiser({ denoiser, parameters, schedule: logLinear(), maxRows: 1 });
    const request = { tokens: new Int32Array(12), length: 6, t: 0.5, positions: Int32Array.of(0, 6) };
    await expect(denoise.denoise(request)).rejects.toThrow(
      'Logits of 2 positions of 1099511627776 tokens take 8796.1 GB',
    );
    tf.dispose(parameters);
  });

  it.each([0, 3, 0.5, NaN])('%p rows a call', async (maxRows) => {
    await expect(serve(maxRows)).rejects.toThrow(`maxRows must be a power of two`);
  });
});

it('rowsPerCall keeps the scores of attention bounded, and what the blocks of a large network hold', () => {
  const lengths = [1, 64, 256, 512, 1000, 1024, 1025, 4096, 100000];
  const rows = (weights?: number) => lengths.map((length) => rowsPerCall(length, weights));
  expect(rows()).toEqual([256, 256, 256, 64, 16, 16, 8, 1, 1]);
  expect(rows(2 ** 25 - 1)).toEqual(rows());
  expect(rows(2 ** 25)).toEqual([256, 32, 8, 4, 2, 2, 1, 1, 1]);
});

it('callSizes covers all rows with powers of two, of which the last wastes at most a quarter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.constantFrom(8, 64, 256), (rows, maxRows) => {
      const sizes = callSizes(rows, maxRows);
      const total = sizes.reduce((a, b) => a + b, 0);
      return (
        total >= rows &&
        total - rows <= sizes[sizes.length - 1]! / 4 &&
        sizes.every((size) => Number.isInteger(Math.log2(size)) && size <= maxRows)
      );
    }),
  );
});

it('splitRequest gives each part its rows and positions, in arrays of their own', () => {
  const request = {
    tokens: Int32Array.from({ length: 10 }, (_, i) => i),
    positions: Int32Array.of(0, 3, 4, 9),
    length: 2,
    t: 0.5,
  };
  expect(splitRequest(request, () => [1, 2, 4])).toEqual([
    { tokens: Int32Array.of(0, 1), positions: Int32Array.of(0), length: 2, t: 0.5 },
    { tokens: Int32Array.of(2, 3, 4, 5), positions: Int32Array.of(1, 2), length: 2, t: 0.5 },
    { tokens: Int32Array.of(6, 7, 8, 9), positions: Int32Array.of(3), length: 2, t: 0.5 },
  ]);
  const times = Float64Array.of(0.2, 0.9, 0.4, 0.4, 0.3);
  expect(splitRequest({ ...request, t: 0.9, times }, () => [1, 2, 4]).map(({ t, times: own }) => [t, own])).toEqual([
    [0.2, undefined],
    [0.9, Float64Array.of(0.9, 0.4)],
    [0.4, Float64Array.of(0.4, 0.3)],
  ]);
  const [whole] = splitRequest(request, (rows) => [rows]);
  expect(whole).toEqual(request);
  expect(whole!.tokens.buffer).not.toBe(request.tokens.buffer);
});
