import { InputError, randomStream } from '@idlm/core-diffusion';
import { LENGTH, tinyDenoise, tinyFamily } from './conformance/tiny-model';
import { sampleAll } from './sample';
import type { SampleRequest } from './sampler';
import { ancestral } from './samplers/ancestral';

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
});
