import { duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { sampleAllAutoregressive } from '../autoregressive';
import { sampleAll } from '../sample';
import type { Denoise, LogitShaper, SamplerEnvironment } from '../sampler';
import { samplers } from '../registry';
import { noRepeatedNGram, repetitionPenalty } from './repetition';

const MASK = 6;
const LENGTH = 12;
/** Likes the first tokens by far, so that rows left alone repeat themselves. */
const denoise: Denoise = async ({ positions }) => {
  const logits = new Float64Array(positions.length * (MASK + 1));
  return logits.map((_, i) => -(i % (MASK + 1)));
};
const environment = (shape?: LogitShaper): SamplerEnvironment => ({
  ...{ denoise, shape, timeConditioned: false },
  family: mdlm({ vocabSize: MASK + 1, maskId: MASK }),
  random: randomStream(3),
});

const hasRepeatedPair = (row: Int32Array): boolean => {
  const pairs = Array.from(row.subarray(1), (token, i) => `${row[i]} ${token}`);
  return new Set(pairs).size < pairs.length;
};
const rowsOf = (tokens: Int32Array): Int32Array[] =>
  Array.from({ length: tokens.length / LENGTH }, (_, r) => tokens.subarray(r * LENGTH, (r + 1) * LENGTH));

const anyOrder = samplers.entries().flatMap(([name]) => {
  const sampler = samplers.create({ name, options: { last: 'ancestral' } });
  return sampler.absorbingOnly || sampler.spec.name === 'ancestral' ? [[name, sampler] as const] : [];
});

describe('noRepeatedNGram', () => {
  it.each(anyOrder)(
    'leaves no pair twice in rows of %s, many tokens of which are written in a step',
    async (_, sampler) => {
      const asked = { sampler, batch: 20, length: LENGTH, grid: timeGrid(3) };
      const free = await sampleAll({ ...asked, environment: environment() });
      expect(rowsOf(free.tokens).filter(hasRepeatedPair).length).toBeGreaterThan(15);
      const shaped = await sampleAll({ ...asked, environment: environment(noRepeatedNGram(2)) });
      expect(rowsOf(shaped.tokens).filter(hasRepeatedPair)).toEqual([]);
    },
  );

  it('leaves no pair twice from left to right', async () => {
    const first = new Float64Array(MASK + 1).fill(1);
    const { tokens } = await sampleAllAutoregressive({
      environment: { denoise, first, random: randomStream(1), maskId: MASK, shape: noRepeatedNGram(2) },
      batch: 20,
      length: LENGTH,
    });
    expect(rowsOf(tokens).filter(hasRepeatedPair)).toEqual([]);
  });

  it('leaves out exactly what would repeat, whatever is written around it', () => {
    const rows = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 9 });
    const padding = fc.constantFrom(undefined, 0, 1, 2);
    fc.assert(
      fc.property(rows, fc.nat(8), fc.integer({ min: 2, max: 3 }), padding, (row, at, n, padId) => {
        const position = at % row.length;
        // 3 stands for what is not written.
        const tokens = Int32Array.from(row, (token, i) => (i === position ? 3 : token));
        const logits = new Float64Array(5);
        noRepeatedNGram(n, padId)(logits, { position, t: 0.5, tokens, unwritten: 3 });
        for (let token = 0; token < 3; token++) {
          const written = [...tokens];
          written[position] = token;
          const windows = written.slice(0, Math.max(0, written.length - n + 1)).map((__, start) => start);
          const grams = windows
            .map((start) => ({ start, gram: written.slice(start, start + n) }))
            .filter(({ gram }) => !gram.includes(3) && !gram.every((one) => one === padId));
          const repeats = grams.some((one) =>
            grams.some(
              (two) =>
                two.start !== one.start &&
                one.start <= position &&
                position < one.start + n &&
                String(one.gram) === String(two.gram),
            ),
          );
          expect(logits[token] === -Infinity).toBe(repeats);
        }
      }),
    );
  });

  it('lets padding fill a row up', () => {
    const logits = new Float64Array(3);
    const place = { position: 3, t: 0.5, tokens: Int32Array.of(1, 0, 0, 2, 0, 0), unwritten: 2 };
    noRepeatedNGram(2, 0)(logits, place);
    expect(Array.from(logits)).toEqual([0, -Infinity, 0]);
  });

  it('leaves all where nothing else is left', () => {
    const logits = Float64Array.of(1, -Infinity);
    noRepeatedNGram(2)(logits, { position: 2, t: 0.5, tokens: Int32Array.of(0, 0, 1), unwritten: 1 });
    expect(Array.from(logits)).toEqual([1, -Infinity]);
  });
});

describe('repetitionPenalty', () => {
  const shaped = (shaper: LogitShaper, tokens: number[], unwritten?: number) => {
    const logits = Float64Array.of(0.5, 0.3, 0.2).map((p) => Math.log(p) + 7);
    shaper(logits, { position: 1, t: 0.5, tokens: Int32Array.from(tokens), unwritten });
    return logits.map((logit) => Math.exp(logit - 7));
  };
  it.each<[string, LogitShaper, number[], number | undefined, number[]]>([
    ['tokens before and behind', repetitionPenalty(2), [0, 3, 2, 3], 3, [0.25, 0.3, 0.04]],
    ['those that are near', repetitionPenalty(2, 1), [3, 3, 2, 0], 3, [0.5, 0.3, 0.04]],
    ['all but the own one of a process without masks', repetitionPenalty(3), [0, 1, 0], undefined, [0.125, 0.3, 0.2]],
    ['all but padding', repetitionPenalty(2, Infinity, 0), [0, 3, 2, 3], 3, [0.5, 0.3, 0.04]],
    ['none at 1', repetitionPenalty(1), [0, 3, 2, 3], 3, [0.5, 0.3, 0.2]],
  ])('raises to a power the probability of %s', (_, shaper, tokens, unwritten, expected) =>
    expect(shaped(shaper, tokens, unwritten)).toBeCloseToArray(expected, { rtol: 1e-9 }),
  );

  it('lets rows of a uniform process hold more different tokens, too', async () => {
    const family = duo({ vocabSize: MASK + 1 });
    const different = async (shape?: LogitShaper) => {
      const sampler = samplers.create({ name: 'ancestral', options: { last: 'ancestral' } });
      const asked = { sampler, batch: 40, length: LENGTH, grid: timeGrid(6) };
      const { tokens } = await sampleAll({ ...asked, environment: { ...environment(shape), family } });
      return rowsOf(tokens).reduce((sum, row) => sum + new Set(row).size, 0);
    };
    expect(await different(repetitionPenalty(4))).toBeGreaterThan(1.2 * (await different()));
  });
});

it.each([
  [() => repetitionPenalty(0.9), 'from 1 on; 0.9 was given'],
  [() => repetitionPenalty(2, 0), 'at least 1 token; 0 was given'],
  [() => noRepeatedNGram(1), 'at least 2; 1 was given'],
])('refuses bad values in one sentence', (make, message) => expect(make).toThrow(message));
