import { markBatch } from '../noise/batch';
import { type Reduction, reductionFactors } from './reduction';
import { mdlm } from '../families/mdlm/mdlm';
import { drawNoise } from '../training/batch-loss';
import { randomStream } from '../random/stream';

/** Two rows of four: of the first the first token is given and the last does not count, of the second the last two do not. */
const tokens = { ids: Int32Array.of(1, 2, 3, 0, 4, 5, 0, 0), batch: 2, length: 4 };
const marks = { valid: Uint8Array.of(0, 1, 1, 1, 1, 1, 1, 1), counted: Uint8Array.of(1, 1, 1, 0, 1, 1, 0, 0) };
const everywhere = Int32Array.from({ length: 8 }, (_, i) => i);

it.each<[Reduction, number, number]>([
  ['sum', 1 / 2, 1 / 2],
  ['mean', 1 / 4, 1 / 4],
  ['token-mean', 1 / 4, 1 / 4],
])('weighs by %s what counts, and nothing else', (reduction, first, second) => {
  const factors = [...reductionFactors(everywhere, { ...tokens, ...marks }, reduction)];
  // Of given tokens no loss is asked for.
  expect(factors.slice(1)).toEqual([first, first, 0, second, second, 0, 0]);
});

it('means over rows of different lengths are those of each row', () => {
  const counted = Uint8Array.of(1, 0, 0, 0, 1, 1, 1, 0);
  const { valid } = markBatch(tokens);
  const means = [...reductionFactors(everywhere, { ...tokens, valid, counted }, 'mean')];
  expect(means.map((factor) => Number((factor * 6).toFixed(6)))).toEqual([3, 0, 0, 0, 1, 1, 1, 0]);
  const all = [...reductionFactors(everywhere, { ...tokens, valid, counted }, 'token-mean')];
  expect(all).toEqual([0.25, 0, 0, 0, 0.25, 0.25, 0.25, 0]);
});

it('what does not count is noised all the same, by the same draws', () => {
  const family = mdlm({ vocabSize: 7, maskId: 6 });
  const drawn = (counted?: Uint8Array) => drawNoise(family, { ...tokens, counted }, randomStream(3)).draws;
  const [plain, padded] = [drawn(), drawn(marks.counted)];
  expect(padded.noise).toEqual(plain.noise);
  const { positions, slots } = padded.noise;
  const masked = [...slots.values.keys()].filter((i) => slots.values[i]! >= 0);
  expect(masked.some((i) => marks.counted[i] === 0)).toBe(true);
  masked.forEach((i) => {
    const slot = slots.values[i]!;
    expect(positions.values[slot]).toBe(i);
    expect(padded.factors.values[slot]).toBeCloseTo(marks.counted[i]! / 5, 6);
    expect(plain.factors.values[slot]).toBeCloseTo(1 / 8, 6);
  });
});

it('marks of another size than the tokens are refused', () => {
  const family = mdlm({ vocabSize: 7, maskId: 6 });
  expect(() => drawNoise(family, { ...tokens, counted: new Uint8Array(3) }, randomStream(1))).toThrow(
    'counted marks every token; 3 marks were given for 8 tokens.',
  );
});
