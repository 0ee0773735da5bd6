import { useBackend } from '@idlm/tools/backend';
import * as ort from 'onnxruntime-node';
import { largestDifference, randomNetwork, request } from '@idlm/tools/random-network';
import { exportOnnx } from '../index';
import { type OnnxTensor, onnxDenoiser } from './denoiser';

/** A session that answers each position with its row of tokens added up, and records what it was given. */
function summing(inputNames = ['tokens', 'positions']) {
  const calls: Record<string, OnnxTensor>[] = [];
  const run = async (inputs: Record<string, OnnxTensor>) => {
    calls.push(inputs);
    const { tokens, positions } = inputs as Record<'tokens' | 'positions', OnnxTensor>;
    const [, length] = tokens.dims as [number, number];
    const sum = (position: number) => {
      const start = Math.floor(position / length) * length;
      return Array.from(tokens.data.slice(start, start + length)).reduce((a, b) => a + b, 0);
    };
    return { logits: { data: Float32Array.from(positions.data as Int32Array, sum) } };
  };
  return { session: { inputNames, run }, calls };
}

const tokens = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

it('hands over rows and positions as they are', async () => {
  const { session, calls } = summing();
  const positions = Int32Array.of(0, 3, 9);
  expect(await onnxDenoiser({ session }).denoise({ tokens, length: 2, t: 0.5, positions })).toEqual(
    Float32Array.of(3, 7, 19),
  );
  expect(calls).toEqual([
    {
      tokens: { type: 'int32', data: tokens, dims: [5, 2] },
      positions: { type: 'int32', data: positions, dims: [3] },
    },
  ]);
});

it('takes at most so many rows at once, and none of which nothing is asked', async () => {
  const { session, calls } = summing();
  const { denoise } = onnxDenoiser({ session, maxRows: 2 });
  const positions = Int32Array.of(1, 2, 8);
  expect(await denoise({ tokens, length: 2, t: 0.5, positions })).toEqual(Float32Array.of(3, 7, 19));
  expect(calls.map((call) => [call['tokens']!.dims[0], ...call['positions']!.data])).toEqual([
    [2, 1, 2],
    [1, 0],
  ]);
  calls.length = 0;
  expect(await denoise({ tokens, length: 2, t: 0.5, positions: Int32Array.of(4) })).toEqual(Float32Array.of(11));
  expect(calls).toHaveLength(1);
});

it('tells networks that read it the noise level of each row', async () => {
  const { session, calls } = summing(['tokens', 'positions', 'sigma']);
  const schedule = { sigma: (t: number) => 10 * t };
  await onnxDenoiser({ session, schedule }).denoise({ tokens, length: 5, t: 0.25, positions: Int32Array.of(0) });
  expect(calls[0]!['sigma']).toEqual({ type: 'float32', data: Float32Array.of(2.5, 2.5), dims: [2] });
  const network = onnxDenoiser({ session, schedule, maxRows: 2 });
  expect(network.timesPerRow).toBe(true);
  const [positions, times] = [Int32Array.of(0, 4, 8), Float64Array.of(0.25, 0.5, 0.125, 1, 0.75)];
  await network.denoise({ tokens, length: 2, t: 1, times, positions });
  expect(calls.slice(1).map(({ sigma }) => Array.from(sigma!.data))).toEqual([[2.5, 5], [1.25, 10], [7.5]]);
});

it('refuses graphs of something else, a missing schedule, and answers that are no logits', async () => {
  expect(() => onnxDenoiser({ session: summing(['pixels']).session })).toThrow(
    'The graph reads pixels; one of a denoiser',
  );
  expect(() => onnxDenoiser({ session: summing(['tokens', 'positions', 'sigma']).session })).toThrow('"schedule"');
  const wrong = { inputNames: ['tokens', 'positions'], run: async () => ({ pixels: { data: [] } }) };
  const asked = { tokens, length: 2, t: 0.5, positions: Int32Array.of(0) };
  await expect(onnxDenoiser({ session: wrong }).denoise(asked)).rejects.toThrow('no output "logits"');
  await expect(
    onnxDenoiser({ session: summing().session }).denoise({ ...asked, positions: Int32Array.of(3, 1) }),
  ).rejects.toThrow('Positions must ascend');
});

describe('with the npm package of ONNX Runtime', () => {
  beforeAll(() => useBackend());

  it.each([false, true])(
    'gives the logits of the engine, where the noise level is read: %p',
    async (timeConditioned) => {
      const made = randomNetwork({ timeConditioned });
      const { model } = await exportOnnx(made.exported);
      const session = await ort.InferenceSession.create(model);
      const { denoise } = onnxDenoiser({ session, Tensor: ort.Tensor as never, schedule: made.schedule });
      const asked = request(made.config);
      expect(largestDifference(await denoise(asked), await made.engine.denoise(asked))).toBeLessThan(1e-5);
      const mixed = { ...asked, times: Float64Array.of(0.4, 0.1, 0.3) };
      expect(largestDifference(await denoise(mixed), await made.engine.denoise(mixed))).toBeLessThan(1e-5);
      await session.release();
      made.dispose();
    },
  );
});
