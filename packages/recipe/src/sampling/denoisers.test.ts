import { logLinear, randomStream, runPlainly } from '@idlm/core-diffusion';
import { denoisers, dit, initialParameters } from '@idlm/denoiser';
import { type Engine, openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { openDenoisers, workersFor } from './denoisers';

const threads = (count: number | null) => resolveConfig({ settings: [`engine.threads=${count}`] }).config;
const much = { rows: 256, multiplications: 1e12 };

describe('workersFor', () => {
  const on = (name: Engine['name'], count: number | null = null) => ({ engine: { name }, config: threads(count) });

  it('takes one worker for each core, and as many rows for each', () =>
    expect(workersFor(on('wasm'), much, 4)).toEqual({ threads: 4, maxRows: 64 }));

  it('takes as many as are configured', () =>
    expect(workersFor(on('wasm', 3), much, 1)).toEqual({ threads: 3, maxRows: 86 }));

  it('takes fewer where they would have few rows', () =>
    expect(workersFor(on('wasm'), { ...much, rows: 40 }, 8)).toEqual({ threads: 2, maxRows: 20 }));

  it.each([
    ['on one core', on('wasm'), much, 1],
    ['if one thread is configured', on('wasm', 1), much, 8],
    ['for few rows', on('wasm'), { ...much, rows: 31 }, 8],
    ['for little work', on('wasm'), { ...much, multiplications: 1e9 }, 8],
    ['on the native engine', on('native'), much, 8],
    ['on plain JavaScript', on('cpu'), much, 8],
  ])('takes none %s', (_, context, load, cores) => expect(workersFor(context, load, cores)).toBeUndefined());
});

describe('openDenoisers', () => {
  const network = { hidden: 16, blocks: 1, heads: 2, cond: 4, vocabSize: 7, length: 6, timeConditioned: false };

  it.each([
    ['few long rows of a large network in a call', {}, [2, 2]],
    ['as many as of a small one on a GPU', { onDevice: () => undefined as never }, [4]],
  ])('takes %s', async (_, gpu, expected) => {
    const [calls, type]: [number[], string] = [[], `counts-rows-${expected.length}`];
    denoisers.register(type, {
      ...denoisers.get('dit'),
      create: (config: object) => ({
        ...dit(network),
        describe: () => ({ type, config: config as typeof network }),
        apply: (_: object, input: object, __: tf.Tensor, { positions }: { positions?: tf.Tensor } = {}) => {
          calls.push((input as { ids: tf.Tensor }).ids.shape[0]!);
          return tf.zeros([positions!.size, 7]);
        },
        constants: undefined,
      }),
    } as never);
    const engine = { ...(await openEngine({ prefer: 'wasm' })), compile: runPlainly, ...gpu };
    const open = openDenoisers({ engine, config: threads(1) }, { rows: 4, multiplications: 1 });
    const denoise = open.of({
      network: { type, config: { ...network, length: 1024 } },
      parameters: { some: { size: 2 ** 25 } as tf.Tensor },
      schedule: logLinear(),
    });
    const positions = Int32Array.from({ length: 4 }, (__, row) => 1024 * row);
    await denoise.denoise({ tokens: new Int32Array(4 * 1024), length: 1024, t: 0.5, positions });
    open.dispose();
    expect(calls).toEqual(expected);
  });

  it.each([
    ['on workers', much, 2],
    ['in this thread', { ...much, rows: 8 }, 1],
  ])('gives the same logits %s', async (_, load, atOnce) => {
    const engine = await openEngine({ prefer: 'wasm' });
    // Without the zeros of a new network, whose head gives none but zeros.
    const parameters = Object.fromEntries(
      Object.entries(initialParameters(network, randomStream(1))).map(([name, value], i) => [
        name,
        tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i + 1)),
      ]),
    );
    const open = openDenoisers({ engine, config: threads(2) }, load);
    const denoise = open.of({ network: { type: 'dit', config: network }, parameters, schedule: logLinear() });
    expect(denoise.atOnce).toBe(atOnce);
    const tokens = randomStream(2).integers(4 * 6, 7);
    const all = dit(network).apply(parameters, { ids: tf.tensor2d(tokens, [4, 6], 'int32') }, tf.zeros([4]));
    const expected = tf.gather(tf.reshape(all, [24, 7]), tf.tensor1d([1, 20], 'int32')).dataSync();
    const logits = await denoise.denoise({ tokens, length: 6, t: 0.5, positions: Int32Array.of(1, 20) });
    expect(logits).toBeCloseToArray(expected, { atol: 1e-5 });
    expect(Math.max(...expected)).toBeGreaterThan(0.01);
    open.dispose();
    tf.dispose(parameters);
  });
});
