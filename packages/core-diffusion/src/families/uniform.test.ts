import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { gammaForAlpha, gaussianLevel, gaussianToUniform } from '../gaussian/operator';
import { distinctIntegers, topOfLatent } from '../gaussian/top-latent';
import { markBatch } from '../noise/batch';
import type { CleanTokens } from '../noise/clean-tokens';
import { type SlotSource, allSlots, givenSlots } from '../tensors/slot-source';
import type { NoiseFeeds } from '../noise/noise';
import { randomStream } from '../random/stream';
import { type Uploaded, upload } from '../tensors/feeds';
import { logSoftmax } from '../tensors/log-softmax';
import { duo } from './duo/duo';
import { type LatentDraws, latentTokensLazily } from './duo/latent';
import type { DuoNoise } from './duo/noise';
import type { Family } from './family';
import { families } from './registry';
import { udlm } from './udlm/udlm';
import { uniformNelbo } from './udlm/uniform-nelbo';

beforeAll(() => useBackend());

const V = 5;
const [batch, length] = [3, 4];
const tokens = markBatch({ ids: randomStream(4).integers(batch * length, V), batch, length });
const times = Float64Array.of(0.2, 0.5, 0.9);

/** A one-hot student that writes the clean tokens, as soft rows of all positions. */
const softOf = (ids: tf.Tensor): CleanTokens => ({
  ids,
  soft: {
    slots: tf.range(0, batch * length, 1, 'int32'),
    probs: tf.cast(tf.oneHot(tf.reshape(ids, [-1]) as tf.Tensor1D, V), 'float32'),
    drawn: tf.reshape(ids, [-1]),
  },
});

const noiseOf = <Noise extends NoiseFeeds>(family: Family<Noise>, update?: number) =>
  family.noise(tokens, times, randomStream(8), { update });

describe('uniformNelbo', () => {
  const level = (alpha: number) => ({
    alpha: tf.tensor1d([alpha]),
    coefficient: tf.tensor1d([-1 / (V * alpha)]),
  });

  it('is never negative, and 0 where the network knows the clean row', () => {
    const logits = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: V, maxLength: V });
    fc.assert(
      fc.property(logits, logits, fc.nat(V - 1), fc.double({ min: 0.02, max: 0.98, noNaN: true }), (a, b, z, alpha) =>
        tf.tidy(() => {
          const [model, clean] = [logSoftmax(tf.tensor2d([a])), tf.softmax(tf.tensor2d([b]))];
          const loss = (x: tf.Tensor) => uniformNelbo(model, x, tf.tensor1d([z], 'int32'), level(alpha)).dataSync()[0]!;
          expect(loss(clean)).toBeGreaterThan(-1e-4);
          expect(Math.abs(loss(tf.exp(model)))).toBeLessThan(1e-3 / alpha);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it('has one value for a token and its one-hot row', () => {
    tf.tidy(() => {
      for (const [clean, noisy] of [
        [1, 1],
        [1, 3],
      ] as const) {
        const model = logSoftmax(tf.tensor2d([[0.3, -1, 2, 0.1, 0.5]]));
        const z = tf.tensor1d([noisy], 'int32');
        const hard = uniformNelbo(model, tf.tensor1d([clean], 'int32'), z, level(0.4));
        const soft = uniformNelbo(model, tf.cast(tf.oneHot([clean], V), 'float32'), z, level(0.4));
        expect(hard.dataSync()).toBeCloseToArray(soft.dataSync(), { rtol: 1e-4 });
      }
    });
  });
});

describe.each([
  ['udlm', udlm({ vocabSize: V }), undefined],
  ['duo, soft', duo({ vocabSize: V }), 0],
  ['duo, evaluated', duo({ vocabSize: V }), undefined],
] as const)('%s', (_, family: Family, update) => {
  it('counts the same loss for hard tokens and a student that writes them', () => {
    tf.tidy(() => {
      const fed = upload(noiseOf(family, update));
      const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
      const logits = tf.randomNormal([batch * length, V], 0, 1, 'float32', 3);
      const loss = (clean: CleanTokens) => {
        const noisy = family.corrupt(clean, fed);
        return family.loss(family.toLogProbs(logits, noisy), clean, noisy, fed).perPosition.dataSync();
      };
      expect(loss(softOf(ids))).toBeCloseToArray(loss({ ids }), { rtol: 2e-3, atol: 1e-3 });
    });
  });

  it('leaves prompts as they are and out of the loss', () => {
    const valid = Uint8Array.from(tokens.ids, (_id, i) => Number(i % length > 1));
    const feeds = family.noise({ ...tokens, valid }, times, randomStream(8), { update });
    expect(Array.from(feeds.positions.values)).toEqual([2, 3, 6, 7, 10, 11]);
    tf.tidy(() => {
      const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
      const noisy = family.corrupt({ ids }, upload(feeds)).ids.dataSync();
      tokens.ids.forEach((id, i) => valid[i] || expect(noisy[i]).toBe(id));
    });
  });

  it('refuses noise of another batch', () => {
    tf.tidy(() => {
      const ids = tf.zeros([1, length], 'int32');
      expect(() => family.corrupt({ ids }, upload(noiseOf(family, update)))).toThrow(
        'The noise of this batch must have',
      );
    });
  });
});

describe('duo', () => {
  it('has noisy tokens with the law of the uniform process at the operator’s level', () => {
    const rows = 6000;
    const many = markBatch({ ids: new Int32Array(rows), batch: rows, length: 1 });
    const t = 0.7;
    const feeds = duo({ vocabSize: V }).noise(many, new Float64Array(rows).fill(t), randomStream(1), { update: 0 });
    const [from, to] = [0.9283, 0.0383].map((end) => gammaForAlpha(V, end)) as [number, number];
    const { keep, alpha } = gaussianToUniform(V)(from + t * (to - from));
    expect(feeds.alpha.values[0]).toBeCloseTo(alpha, 3);
    const counts = new Float64Array(V);
    tf.tidy(() => {
      const noisy = duo({ vocabSize: V }).corrupt({ ids: tf.zeros([rows, 1], 'int32') }, upload(feeds));
      noisy.ids.dataSync().forEach((id) => counts[id]!++);
    });
    const expected = Array.from(counts, (_c, v) => rows * (v === 0 ? keep : (1 - keep) / (V - 1)));
    const statistic = expected.reduce((sum, value, v) => sum + (counts[v]! - value) ** 2 / value, 0);
    // 99.9 % quantile of chi-square with 4 degrees of freedom.
    expect(statistic).toBeLessThan(18.5);
  });

  it('reads latents while its curriculum runs, and tokens afterwards and in evaluation', () => {
    const family = duo({ vocabSize: V, curriculum: { start: 0, end: 10, logStart: 0, logEnd: -2 } });
    const kinds = [0, 9, 10, undefined].map((update) => 'normals' in noiseOf(family, update));
    expect(kinds).toEqual([true, true, false, false]);
    // The tempered latent grows with the update: 1/τ goes from 1 to 100.
    const spread = (update: number) => {
      const noise = noiseOf(family, update);
      return 'spread' in noise ? noise.spread.values[0]! : NaN;
    };
    expect(spread(5) / spread(0)).toBeCloseTo(10, 4);
  });

  it('lets gradients of a student’s rows through the latent', () => {
    tf.tidy(() => {
      const family = duo({ vocabSize: V, curriculum: { start: 0, end: Infinity, logStart: 0, logEnd: 0 } });
      const fed = upload(noiseOf(family, 0));
      const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
      const { probs, ...rest } = softOf(ids).soft!;
      const through = tf.grad((given: tf.Tensor) => {
        const { input } = family.corrupt({ ids, soft: { probs: given, ...rest } }, fed);
        return tf.sum(tf.square(tf.softmax((input as { latent: tf.Tensor }).latent)));
      })(probs);
      expect(tf.max(tf.abs(through)).dataSync()[0]!).toBeGreaterThan(1e-3);
    });
  });

  it.each(['hard', 'soft'])(
    'has the latents, hard tokens and gradients that it has when they are computed late: %s',
    (form) => {
      tf.tidy(() => {
        const family = duo({ vocabSize: V });
        const fed = upload(noiseOf(family, 0)) as Uploaded<Extract<DuoNoise, LatentDraws>>;
        const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
        // Every other position is a student's, whose rows stand in another order.
        const slots = tf.tensor1d([5, -1, 4, -1, 3, -1, 2, -1, 1, -1, 0, -1], 'int32');
        const rows = tf.softmax(tf.randomNormal([6, V], 0, 1, 'float32', 3));
        const drawn = tf.argMax(rows, 1);
        const soft = form === 'soft';
        const whole = (probs: tf.Tensor) =>
          family.corrupt(soft ? { ids, soft: { slots, probs, drawn } } : { ids }, fed);
        const lazy = (probs: tf.Tensor) => {
          const clean = soft ? { ids, soft: { slots, drawn, source: givenSlots(probs) } } : { ids };
          const noisy = latentTokensLazily(clean, fed, V);
          const { latentSource } = noisy.input as { latentSource: SlotSource };
          return { ...noisy, input: { latent: allSlots(latentSource, 5) } };
        };
        const derived = (noisyOf: typeof whole | typeof lazy) => {
          const latentOf = (probs: tf.Tensor) => (noisyOf(probs).input as { latent: tf.Tensor }).latent;
          const loss = (probs: tf.Tensor) =>
            tf.add(tf.sum(tf.square(tf.softmax(tf.reshape(latentOf(probs), [-1, V])))), tf.sum(probs));
          return [latentOf(rows), tf.grad(loss)(rows)].map((tensor) => [...tensor.dataSync()]);
        };
        const [expected, found] = [derived(whole), derived(lazy)];
        expected.forEach((values, i) => expect(found[i]).toBeCloseToArray(values, { atol: 1e-5, rtol: 1e-5 }));
        expect(lazy(rows).ids.arraySync()).toEqual(whole(rows).ids.arraySync());
      });
    },
  );

  it('draws the top form for training, and refuses it for a student’s rows', () => {
    tf.tidy(() => {
      const family = duo({ vocabSize: V, top: 3 });
      const fed = upload(noiseOf(family, 0));
      const ids = tf.tensor2d(tokens.ids, [batch, length], 'int32');
      const { input } = family.corrupt({ ids }, fed) as { input: { topIds: tf.Tensor } };
      expect(input.topIds.shape).toEqual([batch, length, 3]);
      expect(() => family.corrupt(softOf(ids), fed)).toThrow('leave "top" out of the family');
    });
  });

  it.each([
    [{ top: 1 }, 'top must be a whole number from 2 to V - 1 = 4; 1 was given.'],
    [{ gammaMin: -30, gammaMax: 0 }, 'gamma must lie in [-20, 20]; -30 was given.'],
    [{ gammaMin: -3 }, 'takes gammaMin and gammaMax together'],
  ])('refuses %j', (options, sentence) => {
    expect(() => families.create({ name: 'duo', options }, { vocabSize: V })).toThrow(sentence);
  });
});

describe('gammaForAlpha', () => {
  it('inverts the operator, and refuses what no gamma has', () => {
    expect(gammaForAlpha(50257, gaussianToUniform(50257)(-1.75).alpha)).toBeCloseTo(-1.75, 9);
    expect(() => gammaForAlpha(5, 1)).toThrow('No gamma in [-20, 20] has an alpha of 1 with 5 tokens.');
  });
});

describe('distinctIntegers', () => {
  it('draws every ordered choice equally often', () => {
    const [draws, random, counts] = [4800, randomStream(11), new Map<string, number>()];
    for (let i = 0; i < draws; i++) {
      const choice = distinctIntegers(3, 4, random).join();
      counts.set(choice, (counts.get(choice) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const choice of counts.keys()) expect(new Set(choice.split(',')).size).toBe(3);
    // Five standard deviations of a count of 200.
    for (const count of counts.values()) expect(Math.abs(count - draws / 24)).toBeLessThan(5 * Math.sqrt(draws / 24));
  });
});

describe('topOfLatent', () => {
  it('agrees with whole latents in the mean weight of the clean token and in the law of the noisy one', () => {
    const [vocabSize, top, inverseTemperature, draws] = [12, 4, 4, 5000];
    const { signal, noise } = gaussianLevel(-1.75);
    const random = randomStream(2);
    let [whole, kept, approximate, found] = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const latent = random.normals(vocabSize).map((x, v) => x * noise + (v === 3 ? signal : 0));
      const weights = latent.map((x) => Math.exp(x * inverseTemperature));
      whole += weights[3]! / weights.reduce((a, b) => a + b, 0) / draws;
      kept += Number(latent.every((x) => x <= latent[3]!)) / draws;
      const drawn = topOfLatent(
        { vocabSize, top, signal, noise, inverseTemperature },
        {
          uniforms: random.uniforms(top).map((u) => 1 - u),
          normal: random.normals(1)[0]!,
          others: distinctIntegers(top, vocabSize - 1, random),
        },
        3,
      );
      expect(new Set(drawn.ids).size).toBe(top);
      const at = drawn.ids.indexOf(3);
      approximate += (at < 0 ? 0 : drawn.weights[at]!) / draws;
      found += Number(drawn.token === 3) / draws;
    }
    // Five standard errors of a share; clean tokens outside the top k carry little weight.
    expect(Math.abs(found - kept)).toBeLessThan(5 * Math.sqrt((2 * kept * (1 - kept)) / draws));
    expect(Math.abs(approximate - whole)).toBeLessThan(0.02);
  });
});
