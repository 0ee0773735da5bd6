import { FEW_LOGITS, LOGITS_OF_PART, duo, mdlm, positionsOfPart } from '@idlm/core-diffusion';
import { type DitConfig, dit } from '@idlm/denoiser';
import { type RunSize, drawnPerToken, estimateMemory, memoryInAll } from './memory-estimate';

const base = { heads: 4, cond: 16, timeConditioned: false };
const small = { ...base, hidden: 96, blocks: 3, length: 64, vocabSize: 28 };
const middle = { ...base, hidden: 256, blocks: 4, length: 128, vocabSize: 28 };
/** The published size: 170 million weights. */
const full = { ...base, heads: 12, hidden: 768, blocks: 12, length: 1024, vocabSize: 50258, cond: 128 };
const words = { ...small, vocabSize: 4096 };

const train = { trained: 1, frozen: 0, batch: 48, accumulate: 1, predicted: 0.5, text: 1.3e6 };
const distill = { ...train, trained: 2, frozen: 1 };

/** Peaks of processes, in megabytes, as /usr/bin/time tells them: the tables of docs/performance.md. */
const MEASURED: [string, 'native' | 'wasm', DitConfig, typeof train & { averaged?: number; drawn?: number }, number][] =
  [
    ['training, small', 'native', small, train, 640],
    ['training, middle', 'native', middle, train, 1294],
    ['training, 4096 tokens', 'native', words, train, 758],
    ['distillation, small', 'native', small, distill, 799],
    ['distillation, middle', 'native', middle, distill, 1594],
    ['distillation, 4096 tokens', 'native', words, distill, 1317],
    ['scorer, small', 'native', small, { ...train, predicted: 1 }, 627],
    ['training, 8 rows', 'wasm', small, { ...train, batch: 8 }, 264],
    ['training, small', 'wasm', small, train, 720],
    ['training, middle', 'wasm', middle, train, 4139],
    ['training, 4096 tokens', 'wasm', words, train, 1022],
    ['distillation, small', 'wasm', small, distill, 729],
  ];

it.each(MEASURED)('%s on %s is within a quarter of what was measured', (_, engine, network, run, megabytes) => {
  const ratio = memoryInAll(estimateMemory({ engine, network: dit(network).describe(), ...run })) / (megabytes * 1e6);
  expect(Math.abs(ratio - 1)).toBeLessThan(0.25);
});

const latents = duo({ vocabSize: full.vocabSize, curriculum: { start: 0, end: 1, logStart: -3, logEnd: -3 } });

/** Peaks of `npm run bench:full-size` with a published network and one row, in gigabytes: the table of docs/performance.md. */
const PUBLISHED: [string, Partial<RunSize>, number][] = [
  ['teacher of MDLM', {}, 4.5],
  ['teacher of Duo', { predicted: 1, drawn: drawnPerToken(latents) }, 4.72],
  ['IDLM of MDLM', { ...distill, averaged: 1 }, 7.68],
  ['IDLM of Duo', { ...distill, averaged: 1, predicted: 1, drawn: 2 * drawnPerToken(latents) }, 8.79],
];

it.each(PUBLISHED)('of a published size is within 15 %% of what was measured: %s', (_, more, gigabytes) => {
  const run: RunSize = { engine: 'native', network: dit(full).describe(), ...train, ...more, batch: 1, text: 0 };
  expect(Math.abs(memoryInAll(estimateMemory(run)) / (gigabytes * 1e9) - 1)).toBeLessThan(0.15);
});

it('counts what is drawn for each token, of all batches of an update', () => {
  // A normal for each entry of the vocabulary, and seven numbers of levels and places.
  expect(drawnPerToken(latents)).toBeGreaterThanOrEqual(4 * full.vocabSize);
  expect(drawnPerToken(latents)).toBeLessThan(4 * full.vocabSize + 64);
  expect(drawnPerToken(mdlm({ vocabSize: 28, maskId: 27 }))).toBeLessThan(64);
  const of = (more: object) =>
    estimateMemory({ engine: 'native', network: dit(small).describe(), ...train, drawn: 8, ...more }).draws;
  expect(of({})).toBe(48 * 64 * 8);
  expect(of({ accumulate: 3 })).toBe(3 * of({}));
});

it('counts six copies of each trained network and one of the others', () => {
  const sizes = { engine: 'cpu' as const, network: dit(small).describe() };
  const [one, three] = [train, distill].map((run) => estimateMemory({ ...sizes, ...run }).networks);
  expect(three! / one!).toBeCloseTo(13 / 6, 10);
});

it('counts of large networks no next weights, and gradients of one at a time', () => {
  const large = dit(full).describe();
  const one =
    estimateMemory({ engine: 'native', network: large, ...train, accumulate: 1, trained: 0, frozen: 1 }).networks / 2;
  const copies = (more: object) =>
    estimateMemory({ engine: 'native', network: large, ...train, ...more }).networks / one;
  expect(copies({})).toBeCloseTo(5, 10);
  expect(copies({ accumulate: 64 })).toBeCloseTo(6, 10);
  expect(copies({ ...distill, averaged: 1 })).toBeCloseTo(9, 10);
  expect(copies({ ...distill, kept: 1 })).toBeCloseTo(11, 10);
});

it('grows with the square of the length only until attention goes block by block', () => {
  const of = (length: number) =>
    estimateMemory({ engine: 'native', network: dit({ ...small, length }).describe(), ...train }).activations;
  const exponent = (length: number) => Math.log2(of(2 * length) / of(length));
  expect(exponent(128)).toBeGreaterThan(1.4);
  expect(exponent(512)).toBeCloseTo(1, 10);
});

it('counts logits of a part from where losses compute them in parts', () => {
  const context = { family: mdlm({ vocabSize: full.vocabSize, maskId: 0 }), denoiser: dit(full) };
  const logits = (positions: number) =>
    estimateMemory({
      ...{ engine: 'native', network: dit(full).describe(), ...train },
      ...{ batch: positions, predicted: 1 / full.length },
    }).logits;
  const few = Math.floor(FEW_LOGITS / full.vocabSize);
  expect([few, few + 1].map((positions) => positionsOfPart(context, positions) !== undefined)).toEqual([false, true]);
  expect(logits(few)).toBe(4 * few * full.vocabSize * 5);
  expect(logits(few + 1)).toBe(4 * (LOGITS_OF_PART * 12 + 2 * full.vocabSize * full.hidden));
});
