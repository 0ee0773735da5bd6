import { InputError, randomStream, timeGrid } from '@idlm/core-diffusion';
import { LENGTH, tinyDenoise, tinyFamily } from './conformance/tiny-model';
import { byRows } from './row-steps';
import { initialState, sampleAll } from './sample';
import { classifiers } from './guidance/classifiers';
import type { Denoise, Network, SampleRequest, SamplerState } from './sampler';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';

const request = (batch: number, clamp?: Int32Array): SampleRequest => ({
  sampler: ancestral(),
  environment: {
    denoise: tinyDenoise,
    family: tinyFamily(),
    timeConditioned: false,
    random: randomStream(1),
    clamp,
  },
  batch,
  length: LENGTH,
  grid: [1, 0],
});

describe('sampleAll', () => {
  it.each([0, -1, 1.5, NaN])('refuses a batch of %p', async (batch) => {
    await expect(sampleAll(request(batch))).rejects.toThrow(InputError);
  });

  it.each([1, 3])(
    'refuses a clamp that is not of the whole batch, in sub-batches of 1 too (%p entries)',
    async (size) => {
      const asked = request(1, new Int32Array(size).fill(-1));
      await expect(sampleAll({ ...asked, maxRows: 1 })).rejects.toThrow('A clamp has one entry per token, 2;');
    },
  );

  it('refuses clamped ids beyond the vocabulary', async () => {
    await expect(sampleAll(request(1, Int32Array.of(3, -1)))).rejects.toThrow('an id below 3');
  });

  it.each([1, 2, 3])('gives the rows of one batch in sub-batches of %p', async (maxRows) => {
    const clamp = Int32Array.of(-1, 2, -1, -1, 0, -1);
    const whole = await sampleAll(request(3, clamp));
    expect((await sampleAll({ ...request(3, clamp), maxRows })).tokens).toEqual(whole.tokens);
  });

  /** A network that answers late, its calls in any order, and tells how many were under way. */
  function slow(atOnce: number, { failing, pace = 7 }: { failing?: number; pace?: number } = {}) {
    const seen = { underWay: 0, most: 0, calls: [] as number[] };
    const denoise = async (asked: Parameters<Denoise>[0]) => {
      seen.calls.push(asked.tokens.length / asked.length);
      seen.most = Math.max(seen.most, ++seen.underWay);
      for (let wait = (pace * seen.calls.length) % 5; wait > 0; wait--) await new Promise(setImmediate);
      seen.underWay--;
      if (seen.calls.length === failing) throw new Error('the network broke');
      return tinyDenoise(asked);
    };
    return { seen, network: { denoise, atOnce } };
  }
  const asking = (denoise: Denoise | Network, batch: number): SampleRequest => {
    const asked = request(batch);
    return { ...asked, sampler: ancestralCached(), environment: { ...asked.environment, denoise }, grid: timeGrid(9) };
  };

  it.each([1, 2, 3])('gives the same rows with %p calls at once', async (atOnce) => {
    const [{ seen, network }, alone] = [slow(atOnce), await sampleAll(asking(tinyDenoise, 40))];
    const drawn = await sampleAll(asking(network, 40));
    expect(drawn).toEqual(alone);
    expect(seen.most).toBe(atOnce);
    expect(seen.calls.reduce((a, b) => a + b)).toBe(drawn.rowEvaluations);
    // Calls end in another order, and hold the same rows.
    const again = slow(atOnce, { pace: 3 });
    await sampleAll(asking(again.network, 40));
    expect(again.seen.calls).toEqual(seen.calls);
  });

  it('holds no more rows than it may, and fills its calls with them', async () => {
    const { seen, network } = slow(1);
    const { rowEvaluations } = await sampleAll({ ...asking(network, 64), maxRows: 16 });
    expect(Math.max(...seen.calls)).toBe(16);
    // In step, 64 rows in fours of 16 would take up to nine calls each, many of them small.
    expect(seen.calls.length).toBeLessThan(rowEvaluations / 16 + 9);
  });

  it('ends with the failure of any call, once the others are done', async () => {
    const { seen, network } = slow(3, { failing: 5 });
    await expect(sampleAll(asking(network, 40))).rejects.toThrow('the network broke');
    expect(seen.underWay).toBe(0);
  });

  it('gives the same rows of a time-conditioned network with calls at once', async () => {
    const conditioned = (network: Network) => {
      const asked = asking(network, 40);
      return { ...asked, environment: { ...asked.environment, timeConditioned: true } };
    };
    const [alone, many] = [slow(1), slow(3)];
    expect(await sampleAll(conditioned(many.network))).toEqual(await sampleAll(conditioned(alone.network)));
    // Rows of one time go together, so that there are no more calls than in step.
    expect(alone.seen.calls.length).toBeLessThanOrEqual(10);
    expect(many.seen.most).toBeGreaterThan(1);
  });

  it.each([0, -1, NaN, 0.5])('refuses %p rows at a time, or calls', async (count) => {
    await expect(sampleAll({ ...asking(tinyDenoise, 4), maxRows: count })).rejects.toThrow('Rows at a time are');
    await expect(sampleAll(asking(slow(count).network, 4))).rejects.toThrow('Calls at the same time are');
  });

  it('ends with the reason of an abort, also in the last call of all', async () => {
    const whole = slow(1);
    await sampleAll(asking(whole.network, 8));
    for (let last = 1; last <= whole.seen.calls.length; last++) {
      const [aborted, controller] = [slow(1), new AbortController()];
      const denoise = async (asked: Parameters<Denoise>[0]) => {
        if (aborted.seen.calls.length === last - 1) controller.abort(new Error('enough'));
        return aborted.network.denoise(asked);
      };
      const asked = { ...asking(denoise, 8), signal: controller.signal };
      await expect(sampleAll(asked)).rejects.toThrow('enough');
    }
  });
});

describe('a row step of one’s own', () => {
  it.each([
    ['nothing', undefined, 'positions of its row; it asked for none.'],
    ['no positions', { t: 1, positions: [] }, 'it asked for none.'],
    ['positions of no row', { t: 1, positions: [0, 9] }, 'must ask for some of the'],
  ])('is refused where it asks for %s', async (_, query, message) => {
    const rowStep = function* () {
      yield query as never;
    };
    const sampler = { ...ancestral(), spec: { name: 'own' }, ...byRows(rowStep) };
    await expect(sampleAll({ ...request(1), sampler })).rejects.toThrow(message);
    await expect(sampler.step(initialState(request(1)), 1, 0.5, request(1).environment)).rejects.toThrow(message);
  });
});

describe('a sampler of one’s own', () => {
  const own = (step: (state: SamplerState) => unknown): SampleRequest => ({
    ...request(1),
    sampler: { ...ancestral(), spec: { name: 'own' }, step: async (state) => step(state) as SamplerState },
  });

  it.each([
    [
      () => undefined,
      'The step of the sampler "own" must give the state with its tokens, an Int32Array of 2; it gave none.',
    ],
    [(state: SamplerState) => ({ ...state, tokens: [0, 0] }), 'an Int32Array of 2; it gave an Array of 2.'],
    [(state: SamplerState) => ({ ...state, tokens: Int32Array.of(0) }), 'it gave an Int32Array of 1.'],
    [(state: SamplerState) => ({ ...state, tokens: Int32Array.of(0, 7) }), 'wrote the token 7; ids go from 0 to 2.'],
    [(state: SamplerState) => ({ ...state, tokens: Int32Array.of(-1, 0) }), 'wrote the token -1; ids go from 0 to 2.'],
  ])('is refused where a step gives no state of these tokens: %#', async (step, message) => {
    await expect(sampleAll(own(step))).rejects.toThrow(message);
  });

  it('is refused at its end too', async () => {
    const sampler = { ...ancestral(), finish: () => Promise.resolve(undefined as never) };
    await expect(sampleAll({ ...request(1), sampler })).rejects.toThrow(
      'The finish of the sampler "ancestral" must give',
    );
  });

  it('is a function where it is a classifier', () => {
    classifiers.register('none', { description: '', create: () => ({}) as never });
    expect(() => classifiers.create('none', undefined as never)).toThrow(
      'The classifier "none" is object; it must be a function.',
    );
  });
});
