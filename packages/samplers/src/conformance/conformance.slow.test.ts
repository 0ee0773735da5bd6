import { type Spec, mdlm, udlm } from '@idlm/core-diffusion/sampling';
import type { Sampler, SamplerState } from '../sampler';
import { analytic } from '../samplers/analytic';
import { ancestral } from '../samplers/ancestral';
import { ancestralCached } from '../samplers/ancestral-cached';
import { euler } from '../samplers/euler';
import { firstHitting } from '../samplers/first-hitting';
import { samplers } from '../registry';
import { samplerConformance } from './checks';
import { MASK, tinyUniformFamily } from './tiny-model';

const create = (spec: Spec) => samplers.create(spec);

const variants: [string, () => Sampler][] = samplers
  .entries()
  .flatMap(([name]) =>
    (['greedy', 'ancestral'] as const).map((last): [string, () => Sampler] => [
      `${name}, ${last} last step`,
      () => samplers.create({ name, options: { last } }),
    ]),
  );

describe.each(variants)('%s', (_, make) => {
  it.each(samplerConformance(make, { create }).map((check) => [check.name, check] as const))('%s', (__, check) =>
    check.run(),
  );
});

/** A sampler of a user's own package: two half steps instead of one. */
const halving: Sampler = {
  ...ancestral(),
  spec: { name: 'my-halving' },
  law: undefined,
  async step(state, from, to, environment) {
    const middle = (from + to) / 2;
    return ancestral().step(await ancestral().step(state, from, middle, environment), middle, to, environment);
  },
};

samplers.register('my-halving', { description: 'two steps for one', create: () => halving });

describe('a sampler from outside', () => {
  it('is served by name', () => expect(samplers.create('my-halving')).toBe(halving));

  const checks = samplerConformance(() => samplers.create('my-halving'), { create });
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

/** Steps of a sampler to other times than it is asked for. */
const stepping = (sampler: Sampler, to: (from: number, to: number) => number): Partial<Sampler> => ({
  step: async (state, from, until, environment) => ({
    ...(await sampler.step(state, from, to(from, until), environment)),
    t: until,
  }),
  rowStep: undefined,
});
const halfway = (from: number, to: number) => (from + to) / 2;

/** Deliberate faults, each with the words of the checks of which one must find it. */
const faults: [fault: string, sampler: Sampler, words: RegExp][] = [
  [
    'leaves masks',
    { ...ancestral(), finish: async (state) => tokensChanged(state, (tokens) => tokens.fill(MASK)) },
    /mdlm: .*shape/,
  ],
  [
    'ignores the network',
    { ...ancestral(), finish: async (state) => tokensChanged(state, (tokens) => tokens.fill(0)) },
    /perfect/,
  ],
  ['unmasks too early', { ...ancestral(), ...stepping(ancestral(), (_, to) => to / 2) }, /mdlm: .*one step/],
  ['moves too far', { ...ancestral(), ...stepping(ancestral(), (_, to) => to / 2) }, /udlm: .*one step/],
  [
    'forgets the posterior',
    { ...ancestral(), ...after((tokens) => tokens.forEach((id, i) => (tokens[i] = id === MASK ? id : 0))) },
    /many steps/,
  ],
  ['moves at half of Euler’s rates over masks', { ...euler(), ...stepping(euler(), halfway) }, /mdlm: .*many steps/],
  ['moves at half of Euler’s rates', { ...euler(), ...stepping(euler(), halfway) }, /udlm: .*many steps/],
  ['is ancestral and says that it is Euler’s', { ...ancestral(), law: euler().law }, /udlm: .*one step/],
  ['hits too late', { ...firstHitting(), ...stepping(firstHitting(), halfway) }, /mdlm: .*many steps/],
  ['unmasks independently and says in turn', { ...ancestralCached(), law: 'first-hitting' }, /mdlm: .*one step/],
  ['takes half of Tweedie’s steps', { ...analytic(), ...stepping(analytic(), halfway) }, /udlm: .*many steps/],
  ['moves clamped tokens', { ...ancestral(), ...after((tokens) => (tokens[0] = 0)) }, /clamped/],
  [
    'keeps a state of its own',
    (() => {
      let calls = 0;
      return {
        ...ancestral(),
        ...after((tokens) => {
          if (calls++ % 2) tokens.reverse();
        }),
      };
    })(),
    /repeats/,
  ],
  [
    'never makes the last step',
    {
      ...ancestral(),
      finish: async (state) => state,
      step: async (state, _from, to) => ({ ...state, t: to }),
    },
    /mdlm: .*decreasing grid/,
  ],
  ['is not what its spec says', { ...ancestral(), spec: { name: 'ancestral', options: { last: 'sideways' } } }, /spec/],
  ['takes any process for an absorbing one', { ...ancestralCached(), ...ancestral(), absorbingOnly: true }, /needs/],
  [
    'miscounts calls',
    {
      ...ancestral(),
      step: async (state, from, to, environment) => ({
        ...(await ancestral().step(state, from, to, environment)),
        networkCalls: 99,
      }),
    },
    /reports the calls/,
  ],
  [
    'calls twice and counts once',
    {
      ...ancestral(),
      async step(state, from, to, environment) {
        await ancestral().step(state, from, to, environment);
        return ancestral().step(state, from, to, environment);
      },
    },
    /reports the calls/,
  ],
];

describe.each(faults)('a sampler that %s', (_, sampler, words) => {
  it('is found out', async () => {
    const checks = samplerConformance(() => sampler, { create }).filter(({ name }) => words.test(name));
    expect(checks).not.toEqual([]);
    const results = await Promise.allSettled(checks.map(({ run }) => run()));
    expect(results.map(({ status }) => status)).toContain('rejected');
  });
});

it('runs on the families that it is given', () => {
  const names = samplerConformance(() => ancestral(), { families: [tinyUniformFamily()] }).map(({ name }) => name);
  expect(names.every((name) => name.startsWith('udlm: '))).toBe(true);
});

describe.each([mdlm({ vocabSize: 6, maskId: 5 }), udlm({ vocabSize: 7 })])('on $spec.name of more tokens', (family) => {
  const checksOf = (sampler: Sampler) =>
    samplerConformance(() => sampler, { families: [family], create }).filter(({ name }) =>
      /one step|many steps/.test(name),
    );

  it.each(checksOf(ancestral()).map((check) => [check.name, check] as const))('%s', (_, check) => check.run());

  it('a sampler that moves too far is found out', async () => {
    const results = await Promise.allSettled(
      checksOf({ ...ancestral(), ...stepping(ancestral(), (_, to) => to / 2) }).map(({ run }) => run()),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
