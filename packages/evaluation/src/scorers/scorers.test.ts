import { type Spec, randomStream } from '@idlm/core-diffusion';
import { dit, initialParameters } from '@idlm/denoiser';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { mean } from '../metrics/entropy';
import { autoregressiveScorer } from './autoregressive';
import { nGramScorer } from './n-gram';
import { pairTable } from './pair-table';
import { scorers } from './registry';
import type { Scorer } from './scorer';

describe('nGramScorer', () => {
  const vocabSize = 4;
  const text = (seed: number) => randomStream(seed).integers(300, 3);

  it('is a probability distribution in every context, seen or not', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(3), { maxLength: 8 }),
        (seed, order, context) => {
          const { probability } = nGramScorer(text(seed), { order, vocabSize });
          const values = [0, 1, 2, 3].map((token) => probability(context, token));
          expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
          expect(Math.min(...values)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('has the Witten–Bell estimate of the formula', () => {
    // "0 1 0 1 0": after 0 comes 1 twice; N(0) = 1, c(0) = 2. Unigrams: c = 5, N = 2.
    const { probability } = nGramScorer(Int32Array.from([0, 1, 0, 1, 0]), { order: 2, vocabSize: 2 });
    const unigram = (2 + 2 * 0.5) / (5 + 2);
    expect(probability([0], 1)).toBeCloseTo((2 + 1 * unigram) / (2 + 1), 12);
  });

  it('counts no context across the rows of padded text', () => {
    // Rows "0 1", "2 1", "2 0": nothing follows a last token, so 1 and 0 have been seen to end only.
    const rows = Int32Array.from([0, 1, 2, 1, 2, 0]);
    const { probability } = nGramScorer(rows, { order: 2, vocabSize: 3, rowLength: 2 });
    const unigram = (2 + 3 / 3) / (6 + 3);
    expect(probability([1], 2)).toBeCloseTo(unigram, 12);
    expect(nGramScorer(rows, { order: 2, vocabSize: 3 }).probability([1], 2)).toBeGreaterThan(unigram + 0.1);
  });

  it('prefers text like its own, and scores every token but the first of a row', async () => {
    const cycle = Int32Array.from({ length: 400 }, (_, i) => i % 3);
    const scorer = nGramScorer(cycle, { order: 3, vocabSize });
    const own = await scorer.score({ ids: Int32Array.from([0, 1, 2, 0, 1, 2]), batch: 2, length: 3 });
    const other = await scorer.score({ ids: Int32Array.from([0, 2, 1, 0, 2, 1]), batch: 2, length: 3 });
    expect(own.length).toBe(4);
    expect(mean(own)).toBeLessThan(mean(other));
  });

  it('refuses texts shorter than its order', () => {
    expect(() => nGramScorer(Int32Array.of(1, 2), { order: 3, vocabSize })).toThrow('order 3 and 2 tokens');
  });

  it.each([
    [1, undefined, 170.75340327167316],
    [3, undefined, 231.19762966160957],
    [6, undefined, 245.38273787308205],
    [6, 10, 242.3298069167669],
  ])('scores as it always did at order %i in rows of %p', async (order, rowLength, expected) => {
    const tokens = randomStream(4)
      .integers(3000, 5)
      .map((token, i) => (token + (i % 3)) % 7);
    const scorer = nGramScorer(tokens, { order, vocabSize: 9, rowLength });
    const scores = await scorer.score({ ids: randomStream(5).integers(60, 9), batch: 6, length: 10 });
    expect(scores.reduce((a, b) => a + b)).toBe(expected);
  });

  it('takes the default order at any vocabulary, with the numbers of a small one', () => {
    const spread = (token: number) => (token * 536870911 + 7) % 2147483647;
    const tokens = randomStream(6).integers(4000, 4);
    const small = nGramScorer(tokens, { vocabSize: 2147483647 });
    const large = nGramScorer(tokens.map(spread), { vocabSize: 2147483647 });
    for (const context of [[0, 1, 2, 3, 0], [3, 3, 3, 3, 3], [1, 2], []])
      for (const token of [0, 1, 2, 3])
        expect(large.probability(context.map(spread), spread(token))).toBe(small.probability(context, token));
    expect(large.probability([1, 2, 3], 2147483646)).toBeLessThan(1e-9);
  });
});

describe('the default order', () => {
  const tokens = randomStream(7).integers(2000, 50257);

  it('is the largest whose counts fit, with the numbers of that order', () => {
    // Of 2000 tokens that hardly repeat, each order takes some 2000 followers, and from the second on as many contexts.
    const orders = [1, 6100, 10100, 10 ** 6].map((counts) => nGramScorer(tokens, { counts, vocabSize: 50257 }).order);
    expect(orders).toEqual([1, 2, 3, 6]);
    const [fitted, asked] = [{ counts: 6100 }, { order: 2 }].map((options) =>
      nGramScorer(tokens, { ...options, vocabSize: 50257 }),
    );
    for (const i of [5, 70, 900]) {
      const context = tokens.subarray(i - 5, i);
      expect(fitted!.probability(context, tokens[i]!)).toBe(asked!.probability(context, tokens[i]!));
    }
    expect(nGramScorer(tokens, { order: 6, counts: 1, vocabSize: 50257 }).order).toBe(6);
    expect(nGramScorer([0, 1, 0], { vocabSize: 2 }).order).toBe(2);
  });

  it('is told where it is lower', () => {
    expect(nGramScorer(tokens, { counts: 6100, vocabSize: 50257 }).note).toMatch(
      /^The n-gram judge counts contexts of up to 1 token \(order 2\)/,
    );
    expect(nGramScorer(tokens, { vocabSize: 50257 }).note).toBeUndefined();
    expect(nGramScorer(tokens, { order: 2, counts: 1, vocabSize: 50257 }).note).toBeUndefined();
  });
});

describe('judges by name', () => {
  const context = {
    train: [0, 1, 0, 1, 0, 2],
    vocabSize: 3,
    decode: (ids: ArrayLike<number>) => Array.from(ids).join(''),
  };
  const samples = { ids: Int32Array.of(0, 1, 2), batch: 1, length: 3 };
  const made = async (spec: Spec) => (await scorers.create(spec, context)) as Scorer;

  it('are made with their options from the text of a model', async () => {
    const { score } = nGramScorer(context.train, { order: 2, vocabSize: 3 });
    const whole = await made({ name: 'n-gram', options: { order: 2 } });
    expect(await whole.score(samples)).toEqual(await score(samples));
    const ofRows = await scorers.create({ name: 'n-gram', options: { order: 2 } }, { ...context, rowLength: 2 });
    expect(await (ofRows as Scorer).score(samples)).not.toEqual(await score(samples));
  });

  it('are a user’s own too', async () => {
    scorers.register('digits', {
      description: 'the text as a number',
      create: ({ base }, { decode }) => ({
        name: 'digits',
        score: async ({ ids }) => Float64Array.of(parseInt(decode(ids), base as number)),
      }),
    });
    const judge = await made({ name: 'digits', options: { base: 3 } });
    expect(await judge.score(samples)).toEqual(Float64Array.of(5));
  });

  it('are refused where they have no name, or neither score nor weigh', () => {
    scorers.register('nameless', {
      description: '',
      create: () => ({ score: async () => Float64Array.of() }) as never,
    });
    expect(() => scorers.create('nameless', context)).toThrow(
      'The judge "nameless" lacks name, which must be a string.',
    );
    scorers.register('idle', { description: '', create: () => ({ name: 'idle' }) as never });
    expect(() => scorers.create('idle', context)).toThrow('The judge "idle" lacks score, which must be a function.');
  });

  it.each([
    [{ name: 'digit' }, 'There is no judge named "digit"; did you mean "digits"?'],
    [{ name: 'n-gram', options: { size: 2 } }, 'the n-gram judge has no option "size"'],
  ])('are refused where they are mistyped: %j', (spec, message) => {
    expect(() => scorers.create(spec, context)).toThrow(message);
  });
});

describe('pairTable', () => {
  it('counts and numbers pairs as a map of maps does, however many there are', () => {
    const [first, second] = [randomStream(1).integers(20000, 90), randomStream(2).integers(20000, 90)];
    const [table, numbered] = [pairTable(), pairTable()];
    const counts = new Map<string, number>();
    const numbers = new Map<string, number>();
    const [found, expected] = [[], []] as [number[][], number[][]];
    first.forEach((a, i) => {
      const [b, key] = [second[i]! * 23860929, `${a} ${second[i]}`];
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
      found.push([table.increment(a, b), numbered.numberOf(a, b)]);
      expected.push([counts.get(key)!, numbers.get(key)!]);
    });
    expect(found).toEqual(expected);
    const all = Array.from({ length: 91 * 91 }, (_, i) => [Math.floor(i / 91), i % 91] as const);
    expect(all.map(([a, b]) => table.get(a, b * 23860929))).toEqual(all.map(([a, b]) => counts.get(`${a} ${b}`) ?? 0));
  });
});

describe('autoregressiveScorer', () => {
  it('scores by the causal network, whatever the batch size, and leaks nothing', async () => {
    const { compile } = await useBackend();
    const config = {
      hidden: 8,
      blocks: 1,
      heads: 2,
      cond: 4,
      vocabSize: 5,
      length: 6,
      timeConditioned: false,
      causal: true,
    };
    const initial = initialParameters(config, randomStream(1));
    const parameters = Object.fromEntries(
      Object.entries(initial).map(([name, value], i) => [
        name,
        tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i)),
      ]),
    );
    const samples = { ids: randomStream(2).integers(7 * 6, 5), batch: 7, length: 6 };
    const before = tf.memory().numTensors;
    const scores = await Promise.all(
      [2, 7, 16].map((batch) =>
        autoregressiveScorer({ denoiser: dit(config), parameters, batch, compile }).score(samples),
      ),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(scores[1]!.length).toBe(7 * 5);
    expect(scores[0]).toBeCloseToArray(scores[1]!, { atol: 1e-5 });
    expect(scores[2]).toBeCloseToArray(scores[1]!, { atol: 1e-5 });
    const logits = tf.tidy(() =>
      tf
        .logSoftmax(dit(config).apply(parameters, { ids: tf.tensor2d(samples.ids, [7, 6], 'int32') }, tf.zeros([7])))
        .dataSync(),
    );
    expect(scores[1]![0]).toBeCloseTo(-logits[samples.ids[1]!]!, 5);
  });
});
