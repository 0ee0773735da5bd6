import { logLinear, randomStream } from '@idlm/core-diffusion';
import { lawAtEnd } from '../../conformance/exact-law';
import { LENGTH, MASK, exactDenoise, tinyDenoise, tinyFamily } from '../../conformance/tiny-model';
import { initialState, sampleAll } from '../../sample';
import type { SamplerEnvironment } from '../../sampler';
import { samplers } from '../../registry';
import { sharesOf } from './confidence';
import { remdm } from './remdm';

describe('the share of masks', () => {
  it.each(['cap', 'rescale', 'forward-backward', 'flow-matching'] as const)(
    'follows the schedule under "%s"',
    (strategy) => {
      // All masks are what this schedule has at t = 1.
      const [family, grid] = [tinyFamily(logLinear({ eps: 0 })), [1, 0.8, 0.5, 0.3]];
      const law = lawAtEnd(remdm({ strategy, eta: 0.4 }).law!, grid, family);
      const masked = law.reduce((sum, p, state) => sum + p * Number(Math.floor(state / 3) === MASK), 0);
      expect(masked).toBeCloseTo(1 - family.schedule.alpha(0.3), 12);
    },
  );
});

describe('confidences', () => {
  it('are shared within rows, and by no row that has none', () => {
    const shares = sharesOf(Float64Array.of(-0.2, -0.7, -Infinity, -Infinity), 2);
    const total = Math.exp(-0.2) + Math.exp(-0.7);
    expect(shares).toBeCloseToArray([Math.exp(-0.2) / total, Math.exp(-0.7) / total, 0, 0], { atol: 1e-12 });
  });

  it('leave given tokens alone, in a state without any', async () => {
    const environment = { denoise: tinyDenoise, family: tinyFamily(), random: randomStream(1) };
    const request = { sampler: remdm(), environment, batch: 8, length: LENGTH, grid: [1, 0] };
    const state = { ...initialState(request), tokens: new Int32Array(16), t: 0.5 };
    const next = await remdm({ strategy: 'confidence' }).step(state, 0.5, 0.4, environment);
    expect(next.tokens).toEqual(state.tokens);
    expect(next.networkCalls).toBe(0);
  });
});

it('masks again what the network and shapers have seen', async () => {
  const [sent, shaped]: [number[][], number[][]] = [[], []];
  const environment: SamplerEnvironment = {
    denoise: async (request) => {
      sent.push(Array.from(request.tokens));
      return tinyDenoise(request);
    },
    family: tinyFamily(),
    random: randomStream(4),
    categorical: (_, __, position) => (position === 0 ? MASK : 0),
    shape: (_, { tokens }) => shaped.push(Array.from(tokens)),
  };
  const request = { sampler: remdm(), environment, batch: 1, length: 3, grid: [1, 0] };
  const state = { ...initialState(request), tokens: Int32Array.of(0, MASK, MASK), t: 0.5 };
  const next = await remdm({ strategy: 'rescale', eta: 1 }).step(state, 0.5, 0.1, environment);
  expect([sent, Array.from(next.tokens)]).toEqual([[[0, MASK, MASK]], [MASK, 0, 0]]);
  // The second token is written before the third is shaped.
  expect(shaped).toEqual([
    [0, MASK, MASK],
    [0, 0, MASK],
  ]);
});

it('asks the network at the time at which a loop stands', async () => {
  const [family, times] = [tinyFamily(logLinear({ eps: 0 })), new Set<number>()];
  const exact = exactDenoise(family);
  const environment = {
    denoise: (request: Parameters<typeof exact>[0]) => {
      times.add(request.t);
      return exact(request);
    },
    family,
    random: randomStream(3),
  };
  const sampler = remdm({ strategy: 'loop', on: 0.7, off: 0.2, alphaOn: 0.6, eta: 0.5 });
  const grid = [1, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];
  await sampleAll({ sampler, environment, batch: 32, length: LENGTH, grid });
  // Where it begins, as long as the loop lasts, and at the end of the grid.
  expect([...times].map((t) => Number(t.toFixed(9)))).toEqual([1, 0.4, 0.2]);
});

it('is made by name, with the options that its strategy reads', () => {
  const made = samplers.create({ name: 'remdm', options: { strategy: 'loop', eta: 0.1 } });
  expect(made.spec.options).toEqual({ strategy: 'loop', eta: 0.1, on: 0.55, off: 0.05, alphaOn: 0.9, last: 'greedy' });
  expect(remdm({ strategy: 'confidence', eta: 0.3 }).spec.options).toEqual({ strategy: 'confidence', last: 'greedy' });
});

it.each([
  [{ eta: 1.5 }, 'lies in [0, 1]; 1.5'],
  [{ on: 0.2, off: 0.3 }, 'runs down within (0, 1); from 0.2 to 0.3'],
  [{ alphaOn: 1 }, 'between 0 and 1; 1'],
])('refuses %j', (options, words) => expect(() => remdm(options)).toThrow(words));
