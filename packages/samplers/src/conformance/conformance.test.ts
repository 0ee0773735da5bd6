import type { Sampler, SamplerState } from '../sampler';
import { ancestral } from '../samplers/ancestral';
import { ancestralCached } from '../samplers/ancestral-cached';
import { samplers } from '../samplers/registry';
import { samplerConformance } from './checks';
import { MASK } from './tiny-model';

const variants: [string, () => Sampler][] = samplers
  .entries()
  .flatMap(([name]) =>
    (['greedy', 'ancestral'] as const).map((last): [string, () => Sampler] => [
      `${name}, ${last} last step`,
      () => samplers.create({ name, options: { last } }),
    ]),
  );

describe.each(variants)('%s', (_, make) => {
  it.each(samplerConformance(make).map((check) => [check.name, check] as const))('%s', (__, check) => check.run());
});

/** A sampler of a user's own package: two half steps instead of one. */
const halving: Sampler = {
  ...ancestralCached(),
  spec: { name: 'my-halving' },
  exact: false,
  async step(state, from, to, environment) {
    const middle = (from + to) / 2;
    return ancestral().step(await ancestral().step(state, from, middle, environment), middle, to, environment);
  },
};

describe('a sampler from outside', () => {
  beforeAll(() => samplers.register('my-halving', { description: 'two steps for one', create: () => halving }));

  it('is served by name', () => expect(samplers.create('my-halving')).toBe(halving));

  const checks = samplerConformance(() => samplers.create('my-halving'));
  it.each(checks.map((check) => [check.name, check] as const))('%s', (_, check) => check.run());
});

const tokensChanged = (state: SamplerState, change: (tokens: Int32Array) => void): SamplerState => {
  const tokens = state.tokens.slice();
  change(tokens);
  return { ...state, tokens };
};
const after = (change: (tokens: Int32Array, state: SamplerState) => void): Partial<Sampler> => ({
  step: async (state, from, to, environment) => {
    const next = await ancestral().step(state, from, to, environment);
    return tokensChanged(next, (tokens) => change(tokens, next));
  },
});

/** Deliberate faults, each with the words of the check that must find it. */
const faults: [string, Partial<Sampler>, RegExp][] = [
  ['leaves masks', { finish: async (state) => tokensChanged(state, (tokens) => tokens.fill(MASK)) }, /shape/],
  ['ignores the network', { finish: async (state) => tokensChanged(state, (tokens) => tokens.fill(0)) }, /perfect/],
  [
    'reveals too early',
    { step: (state, _from, to, environment) => ancestral().step(state, 1, to / 2, environment) },
    /one step/,
  ],
  [
    'forgets the posterior',
    after((tokens) => tokens.forEach((id, i) => (tokens[i] = id === MASK ? id : 0))),
    /many steps/,
  ],
  ['moves clamped tokens', after((tokens) => (tokens[0] = 0)), /clamped/],
  [
    'keeps a state of its own',
    (() => {
      let calls = 0;
      return after((tokens) => {
        if (calls++ % 2) tokens.reverse();
      });
    })(),
    /repeats/,
  ],
  [
    'never makes the last step',
    { finish: async (state) => state, step: async (state, _from, to) => ({ ...state, t: to }) },
    /decreasing grid/,
  ],
  ['is not what its spec says', { spec: { name: 'ancestral', options: { last: 'sideways' } } }, /spec/],
  [
    'miscounts calls',
    {
      step: async (state, from, to, environment) => ({
        ...(await ancestral().step(state, from, to, environment)),
        networkCalls: 99,
      }),
    },
    /frames/,
  ],
];

describe.each(faults)('a sampler that %s', (_, fault, expected) => {
  it('is found out', async () => {
    const results = await Promise.all(
      samplerConformance(() => ({ ...ancestral(), ...fault })).map(({ name, run }) =>
        run().then(
          () => undefined,
          () => name,
        ),
      ),
    );
    expect(results.filter((name) => name !== undefined).join('\n')).toMatch(expected);
  });
});
