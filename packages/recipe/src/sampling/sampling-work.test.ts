import { type Family, duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { type Sampler, ancestral, ancestralCached, maskgit, sampleAll } from '@idlm/samplers';
import { type SampledTexts, samplingWork } from './sampling-work';

const vocabSize = 28;
const network = dit({
  ...{ hidden: 8, blocks: 1, heads: 2, cond: 4, length: 1024, timeConditioned: true },
  vocabSize,
}).describe();
const [masked, uniform] = [mdlm({ vocabSize, maskId: 27 }), duo({ vocabSize })];

const texts = (sampler: Sampler | undefined, more: Partial<SampledTexts> = {}): SampledTexts => ({
  ...{ network, sampler, count: 3, length: 16, steps: 4, batch: 32, block: null },
  ...more,
});

/** What a network that knows nothing is asked. */
async function asked(sampler: Sampler, family: Family, { length, steps, count }: SampledTexts) {
  let most = 0;
  const denoise = async ({ tokens, positions }: { tokens: Int32Array; positions: Int32Array }) => {
    most = Math.max(most, positions.length / (tokens.length / length));
    return new Float32Array(positions.length * vocabSize);
  };
  const environment = { denoise, family, random: randomStream(1) };
  const { networkCalls, rowEvaluations } = await sampleAll({
    ...{ sampler, environment, batch: count, length, grid: timeGrid(steps) },
  });
  return { networkCalls, rowEvaluations, most };
}

describe('what a network does for texts', () => {
  it.each([
    ['ancestral of a uniform process', ancestral(), uniform, true],
    ['ancestral without a last step', ancestral({ last: 'none' }), uniform, true],
    ['ancestral of an absorbing process', ancestral(), masked, false],
    ['ancestral-cached', ancestralCached(), masked, false],
    ['maskgit', maskgit(), masked, false],
  ])('is at most what is planned: %s', async (_, sampler, family, isExact) => {
    for (const steps of [1, 4, 40]) {
      const planned = texts(sampler, { steps });
      const work = samplingWork(planned);
      const found = await asked(sampler, family, planned);
      expect(found.rowEvaluations).toBeLessThanOrEqual(work.evaluations);
      if (isExact) {
        expect([found.rowEvaluations, found.networkCalls]).toEqual([work.evaluations, work.calls]);
        expect(found.most).toBe(work.positions);
      }
    }
  });

  it('is an even share of the tokens at each step where only those are asked for that change', () => {
    expect(samplingWork(texts(ancestralCached())).positions).toBe(4);
    expect(samplingWork(texts(ancestralCached(), { steps: 40 }))).toMatchObject({ positions: 1, evaluations: 3 * 16 });
    expect(samplingWork(texts(ancestral())).positions).toBe(16);
  });

  it('is as many calls as rows of a call make of the texts', () => {
    expect(samplingWork(texts(ancestralCached(), { count: 32, maxRows: 4 }))).toMatchObject({ rows: 4, calls: 32 });
  });

  it('is one token after another from left to right, and block after block', () => {
    expect(samplingWork(texts(undefined))).toEqual({
      ...{ rows: 3, positions: 1, evaluationsPerText: 16, calls: 16, evaluations: 48 },
    });
    expect(samplingWork(texts(ancestral({ last: 'none' }), { block: 6 }))).toMatchObject({
      ...{ positions: 6, evaluationsPerText: 12, evaluations: 36 },
    });
  });

  it('takes rows together as their logits, their length and the batch allow', () => {
    const rows = (more: Partial<SampledTexts>) => samplingWork(texts(ancestral(), { count: 100, ...more })).rows;
    expect(rows({})).toBe(32);
    expect(rows({ batch: 200 })).toBe(100);
    expect(rows({ length: 1024 })).toBe(16);
    const wide = dit({
      ...{ hidden: 8, blocks: 1, heads: 2, cond: 4, length: 1024, timeConditioned: true },
      vocabSize: 50258,
    }).describe();
    // 2²⁶ logits are one row of 1024 tokens, and five of 256.
    expect(rows({ length: 1024, network: wide })).toBe(1);
    expect(rows({ length: 256, network: wide })).toBe(4);
    expect(samplingWork(texts(ancestral(), { count: 9, length: 256, network: wide })).calls).toBe(3 * 5);
    const large = dit({
      ...{ hidden: 768, blocks: 12, heads: 12, cond: 128, length: 1024, timeConditioned: true },
      vocabSize,
    }).describe();
    expect([rows({ length: 1024, network: large }), rows({ length: 256, network: large })]).toEqual([2, 8]);
  });
});
