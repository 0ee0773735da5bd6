import { type Denoiser, InputError, mdlm, randomStream } from '@idlm/core-diffusion';
import { ancestralCached } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { driftReference } from './drift-guard';
import { drift } from './metrics/drift';
import { distinct } from './metrics/diversity';
import { unigramEntropy } from './metrics/entropy';
import { nelboPerplexity } from './nelbo';
import { answerOf, exactMatch, givenRows } from './prompts';
import { type TextBatch, countedRows } from './rows';
import { nGramScorer } from './scorers/n-gram';
import { measureText, scoredWeights } from './sweeps/measure';
import { sweep } from './sweeps/sweep';
import { diffusionModel } from './sweeps/swept-model';

/** Prompts 0 1 2 and 2, each behind one another once; 3 fills rows up, 4 is the mask. */
const text: TextBatch = {
  ids: Int32Array.of(0, 1, 1, 3, 1, 2, 2, 3, 2, 0, 0, 3, 2, 2, 1, 3),
  valid: Uint8Array.of(0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1),
  batch: 4,
  length: 4,
};
const withoutPrompts: TextBatch = {
  ids: Int32Array.of(1, 1, 3, 2, 2, 3, 0, 0, 3),
  batch: 3,
  length: 3,
};
const threeRows = { ids: text.ids.slice(0, 12), valid: text.valid!.slice(0, 12), batch: 3, length: 4 };
const family = mdlm({ vocabSize: 5, maskId: 4 });

describe('what is given', () => {
  it('counts in no metric', async () => {
    expect(countedRows(text).map((row) => [...row])).toEqual([
      [1, 1, 3],
      [2, 2, 3],
      [0, 0, 3],
      [1, 3],
    ]);
    expect(unigramEntropy(threeRows)).toEqual(unigramEntropy(withoutPrompts));
    expect(distinct(threeRows, 2)).toBe(distinct(withoutPrompts, 2));
    expect(drift(threeRows, text, 3)).toEqual(drift(withoutPrompts, text, 3));
    const reference = driftReference({ data: text, samples: 2, random: randomStream(1), padId: 3 });
    expect(Object.values(reference.of(text)).every(Number.isFinite)).toBe(true);
  });

  it('is read by judges all the same, whose numbers for it are left out', async () => {
    const scorer = nGramScorer(text.ids, { order: 3, vocabSize: 5, rowLength: 4 });
    const scored = await scorer.score(text);
    expect([...scoredWeights(scored, text)!]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1]);
    expect(scoredWeights(scored, withoutPrompts)).toBeUndefined();
    const counted = scored.filter((_, i) => i !== 9);
    const mean = counted.reduce((sum, value) => sum + value, 0) / counted.length;
    const measured = await measureText({ scorers: [scorer], decode: String, words: new Set() }, text);
    expect(measured.perplexity['n-gram']).toBeCloseTo(Math.exp(mean), 12);
    expect(measured.examples[3]).toBe('2,2,1,3');
  });

  it('is given to samples row by row, in one order for all, again where there are more samples', () => {
    const { rows, clamp } = givenRows(text, 6, randomStream(1))!;
    expect(givenRows(text, 6, randomStream(1))).toEqual({ rows, clamp });
    const whole = Array.from({ length: 6 }, (_, i) => rows.ids.slice(i * 4, i * 4 + 4).join());
    expect(whole.slice(0, 4).sort()).toEqual(['0,1,1,3', '1,2,2,3', '2,0,0,3', '2,2,1,3']);
    expect(whole.slice(4)).toEqual(whole.slice(0, 2));
    clamp.forEach((token, i) => expect(token).toBe(rows.valid![i] === 1 ? -1 : rows.ids[i]));
    expect(givenRows(withoutPrompts, 2, randomStream(1))).toBeUndefined();
  });

  it('makes a sample right or wrong, whatever is padded', () => {
    const written = { ...threeRows, ids: Int32Array.of(0, 1, 1, 3, 1, 2, 3, 3, 2, 0, 0, 0) };
    const { share, interval } = exactMatch(written, threeRows, { padId: 3 });
    expect(share).toBeCloseTo(1 / 3, 12);
    expect(interval[0]).toBe(0);
    expect(interval[1]).toBeCloseTo(1, 12);
    expect(exactMatch(threeRows, threeRows, { padId: 3 })).toEqual({ share: 1, interval: [1, 1] });
  });

  it('is right where its answer is, however it got there', () => {
    const texts = ['2 + 3 = 5. #### 5', 'I guess #### 1,000', 'no answer', 'not 7 but #### 4.0'];
    const wanted = ['#### 5', '#### 1000', '#### 3', '#### 4'];
    const of = (all: readonly string[]) => ({
      ids: Int32Array.from(all, (_, i) => i),
      batch: all.length,
      length: 1,
    });
    const decoded = (all: readonly string[]) => ({ of: answerOf('gsm8k'), decode: (ids: Int32Array) => all[ids[0]!]! });
    const both = [...texts, ...wanted];
    const right = { ...of(wanted), ids: Int32Array.of(4, 5, 6, 7) };
    expect(exactMatch(of(texts), right, { answer: decoded(both) }).share).toBe(0.75);
    expect(() => exactMatch(of(texts), of(['a', 'b', 'c', 'd']), { answer: decoded(texts) })).toThrow(
      'The completion "no answer" of the text has no answer that evaluation.exactMatch finds',
    );
  });
});

describe('answers', () => {
  it.each([
    ['gsm8k', 'so 3 #### 12 or #### -1,234.50', '-1234.5'],
    ['gsm8k', '#### 9007199254740993', '9007199254740993'],
    ['gsm8k', '#### 007.50', '7.5'],
    ['gsm8k', '#### -0.0', '0'],
    ['= (.+)', 'x = .5', '0.5'],
    ['= (.+)', 'x = -', '-'],
    ['gsm8k', '#### $5', undefined],
    ['gsm8k', 'it is 12.', undefined],
    ['answer: (.+)$', 'the answer: blue ', 'blue'],
    ['\\d+', '7 and 8', '8'],
  ])('of the pattern %s in %j are %j', (pattern, text, wanted) => {
    expect(answerOf(pattern)(text)).toBe(wanted);
  });

  it('are found by words that objects inherit as by any others', () => {
    expect(answerOf('constructor')('the constructor is it')).toBe('constructor');
  });

  it('are refused of what is no pattern', () => {
    expect(() => answerOf('(')).toThrow('The pattern of an answer is gsm8k or a regular expression; "(" is none');
  });

  it('are no longer looked for where a pattern takes too long on a text', () => {
    // A second or so: each further letter doubles it.
    expect(() => answerOf('^(a+)+$', 0.02)(`${'a'.repeat(27)}b`)).toThrow(
      new InputError('The pattern of an answer, ^(a+)+$, takes too long on a text of 28 characters; write another.'),
    );
    expect(answerOf('^(a+)+$', 60)('aaa')).toBe('aaa');
  });
});

describe('a sweep over text with prompts', () => {
  /** Logits of a network that knows what stands behind each prompt. */
  const knowing = async ({ tokens, positions }: { tokens: Int32Array; positions: Int32Array }) =>
    Float64Array.from({ length: positions.length * 5 }, (_, i) => {
      const [row, place] = [Math.floor(positions[Math.floor(i / 5)]! / 4), positions[Math.floor(i / 5)]! % 4];
      const right = place === 3 ? 3 : (tokens[row * 4]! + 1) % 3;
      return i % 5 === right ? 50 : 0;
    });

  it('asks the held-out prompts, and counts the samples that are what stands behind them', async () => {
    const model = diffusionModel({
      ...{ name: 'teacher', steps: [4], family, sampler: ancestralCached(), timeConditioned: false },
      denoise: knowing,
    });
    const options = {
      ...{ models: [model], temperatures: [1], samples: 9, length: 4, random: randomStream(1), scorers: [] },
      ...{ data: threeRows, prompted: true, padId: 3, decode: String, words: new Set<string>() },
    };
    const [row] = await sweep(options);
    expect(row).toMatchObject({ exactMatch: 1, samples: 9 });
    expect(row!.drift).toMatchObject({ lengths: 0 });
    expect(new Set(row!.examples)).toEqual(new Set(['0,1,1,3', '1,2,2,3', '2,0,0,3']));
    const wrong = { ...threeRows, ids: Int32Array.of(0, 1, 1, 3, 1, 2, 2, 3, 2, 1, 1, 3) };
    expect((await sweep({ ...options, data: wrong }))[0]!.exactMatch).toBeCloseTo(2 / 3, 12);
    expect((await sweep({ ...options, prompted: false }))[0]!.exactMatch).toBeUndefined();
  });

  it('bounds the likelihood of what stands behind prompts alone', async () => {
    const { compile } = await useBackend();
    // All but certain of token 0, which stands behind the prompts and in none of them.
    const denoiser: Denoiser = {
      describe: () => ({ type: 'row', config: { vocabSize: 5, length: 4, timeConditioned: false } }),
      vocabSize: 5,
      timeConditioned: false,
      apply: ({ row }, _input, _sigma, { positions } = {}) => tf.tile(row!, [positions!.shape[0], 1]),
    };
    const parameters = { row: tf.tensor2d([[20, 0, 0, 0, 0]]) };
    const ids = Int32Array.of(1, 0, 0, 0, 2, 3, 0, 0);
    const valid = Uint8Array.of(0, 1, 1, 1, 0, 0, 1, 1);
    const bound = async (marks?: Uint8Array, counted?: Uint8Array, draws = 20) =>
      nelboPerplexity({
        ...{ family, denoiser, parameters, compile, random: randomStream(2), draws },
        batches: [{ ids, valid: marks, counted, batch: 2, length: 4 }],
      });
    expect((await bound(valid)).nll).toBeLessThan(1e-6);
    // Three of the eight tokens are others than 0, 20 nats each; the bound of a network that reads nothing is its likelihood.
    const whole = await bound(undefined, undefined, 400);
    expect(whole.standardError).toBeLessThan(0.5);
    expect(Math.abs(whole.nll - (3 * 20) / 8)).toBeLessThan(4 * whole.standardError);
    // Noised, and not counted.
    const uncounted = await bound(undefined, valid);
    expect([uncounted.nll < 1e-6, uncounted.tokens]).toEqual([true, 5]);
    parameters.row.dispose();
  });
});
