import { chiSquare } from '@idlm/core-diffusion/choices';
import { randomStream } from '@idlm/core-diffusion';
import { JOINT, LENGTH, MASK, exactDenoise, tinyFamily } from '../conformance/tiny-model';
import { sampleAll } from '../sample';
import { ancestral } from '../samplers/ancestral';
import { ancestralCached } from '../samplers/ancestral-cached';
import { guided } from './classifier-free';
import { withoutGiven } from './without-given';

const [family, batch, maskId] = [tinyFamily(), 3000, MASK];
/** Every third row is given its first token, every third the other one, and the rest nothing. */
const clamp = Int32Array.from({ length: batch * LENGTH }, (_, i) => (i % LENGTH ? -1 : [0, 2, -1][(i / LENGTH) % 3]!));

/** p(second | first)^γ p(second)^{1−γ}, normalised. */
function guidedLaw(first: number, strength: number): number[] {
  const row = JOINT[first]!;
  const total = row.reduce((a, b) => a + b);
  const alone = [0, 1].map((second) => JOINT[0]![second]! + JOINT[1]![second]!);
  const weights = row.map((p, second) => (p / total) ** strength * alone[second]! ** (1 - strength));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

// The 0.999 quantile of chi-square with one degree of freedom.
const LIMIT = 10.8;

describe.each([ancestral({ last: 'none' }), ancestralCached({ last: 'none' })])(
  'guided by prompts under $spec.name',
  (sampler) => {
    const denoise = exactDenoise(family);
    const draw = (firstRow: number, rows: number) => {
      const part = clamp.subarray(firstRow * LENGTH, (firstRow + rows) * LENGTH);
      const network = guided(denoise, withoutGiven(denoise, { clamp, maskId }), { strength: 2, family });
      const environment = { denoise: network, family, timeConditioned: false, random: randomStream(2), clamp: part };
      const sizes = { batch: rows, length: LENGTH, firstRow, maxRows: 1200 };
      return sampleAll({ sampler, environment, grid: [1, 0.5, 0], ...sizes });
    };

    it('has the law of each row by its own prompt', async () => {
      const { tokens } = await draw(0, batch);
      for (const [kind, first] of [0, 2].entries()) {
        const seconds = Array.from({ length: batch / 3 }, (_, i) => tokens[(3 * i + kind) * LENGTH + 1]!);
        const counts = [0, 2].map((token) => seconds.filter((second) => second === token).length);
        expect(tokens[kind * LENGTH]).toBe(first);
        expect(chiSquare(counts, guidedLaw(kind, 2))).toBeLessThan(LIMIT);
        expect(chiSquare(counts, guidedLaw(kind, 1))).toBeGreaterThan(LIMIT);
      }
    });

    it('draws a row as it does among others', async () => {
      const all = await draw(0, 7);
      expect((await draw(4, 1)).tokens).toEqual(all.tokens.slice(4 * LENGTH, 5 * LENGTH));
    });
  },
);

it('refuses rows that it is not told, or knows nothing of', async () => {
  const network = withoutGiven(exactDenoise(family), { clamp: Int32Array.of(0, -1), maskId });
  const request = { tokens: Int32Array.of(0, 1), length: 2, positions: Int32Array.of(1), t: 0.5 };
  await expect(network.denoise(request)).rejects.toThrow('must be told which rows');
  await expect(network.denoise({ ...request, rows: Int32Array.of(1) })).rejects.toThrow('must be told which rows');
});
