import { type Parameters, logLinear, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit, hostDenoiser, initialParameters } from '@idlm/denoiser';
import { ancestral, ancestralCached, sampleAll } from '@idlm/samplers';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type WorkerPool, partSizes, workerPool } from './pooled-denoiser';

const config = { hidden: 16, blocks: 1, heads: 2, cond: 4, vocabSize: 7, length: 6, timeConditioned: true };
const network = { type: 'dit', config };
const schedule = logLinear();
const [rows, length] = [12, 6];

let parameters: Parameters;
let pool: WorkerPool;
beforeAll(async () => {
  await openEngine({ prefer: 'wasm' });
  // Without the zeros of a new network, so that tokens and time count.
  parameters = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(initialParameters(config, randomStream(3))).map(([name, value], i) => [
        name,
        tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i + 1)),
      ]),
    ),
  );
  pool = workerPool({ threads: 2, maxRows: 6 });
});
afterAll(() => {
  pool.dispose();
  tf.dispose(parameters);
});

const request = () => ({
  tokens: randomStream(5).integers(rows * length, 7),
  length,
  t: 0.3,
  positions: Int32Array.from({ length: 20 }, (_, i) => 3 * i + 1),
});

it.each([
  [5, 2, [1, 2, 2]],
  [12, 12, [12]],
  [1, 8, [1]],
])('partSizes cuts %i rows evenly into at most %i', (rows, most, sizes) =>
  expect(partSizes(rows, most)).toEqual(sizes),
);

describe('workerPool', () => {
  it('gives the logits that one engine gives, of each of its networks', async () => {
    const other = tf.tidy(() =>
      Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, tf.mul(value, 0.5)])),
    );
    for (const weights of [parameters, other]) {
      const alone = hostDenoiser({ denoiser: dit(config), parameters: weights, schedule });
      const pooled = pool.denoiser({ network, parameters: weights, schedule });
      expect(await pooled.denoise(request())).toBeCloseToArray(await alone.denoise(request()), {
        atol: 1e-6,
        rtol: 1e-5,
      });
      const mixed = () => ({
        ...request(),
        t: 0.9,
        times: Float64Array.from({ length: rows }, (_, r) => 0.9 - r / 16),
      });
      expect(pooled.timesPerRow).toBe(true);
      expect(await pooled.denoise(mixed())).toBeCloseToArray(await alone.denoise(mixed()), { atol: 1e-6, rtol: 1e-5 });
    }
    tf.dispose(other);
  });

  it.each([ancestral(), ancestralCached()])(
    'draws the tokens that one engine draws, with $spec.name',
    async (sampler) => {
      const family = mdlm({ vocabSize: 7, maskId: 6 });
      const draw = async (denoise: ReturnType<WorkerPool['denoiser']>) => {
        const environment = { denoise, family, timeConditioned: true, random: randomStream(9) };
        return (await sampleAll({ sampler, environment, batch: rows, length, grid: timeGrid(4) })).tokens;
      };
      const pooled = pool.denoiser({ network, parameters, schedule });
      expect(pooled.atOnce).toBe(2);
      expect(await draw(pooled)).toEqual(await draw(hostDenoiser({ denoiser: dit(config), parameters, schedule })));
    },
  );

  it('says which networks its threads know', async () => {
    expect(await pool.knows('dit')).toBe(true);
    expect(await pool.knows('toString')).toBe(false);
  });

  it('fails with the sentence of the network, and goes on', async () => {
    const pooled = pool.denoiser({ network, parameters, schedule });
    const wrong = { ...request(), positions: Int32Array.of(3, 2) };
    await expect(pooled.denoise(wrong)).rejects.toMatchObject({
      name: 'InputError',
      exitCode: 2,
      message: 'Positions must ascend within 0 to 71; 2 after 3 was given.',
    });
    expect((await pooled.denoise(request())).length).toBe(20 * 7);
  });

  it('fails calls that are under way or come after its end', async () => {
    const ended = workerPool({ threads: 1, maxRows: rows });
    const pooled = ended.denoiser({ network, parameters, schedule });
    const underWay = pooled.denoise(request());
    ended.dispose();
    await expect(underWay).rejects.toThrow('A worker of sampling has ended');
    await expect(pooled.denoise(request())).rejects.toThrow('A worker of sampling has ended');
  });
});
