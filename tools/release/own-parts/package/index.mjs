// One of each kind of choice, as a user's own package registers them. Nothing of this is idlm's own but what it is made of.
import { families, makeSchedule, mdlm, drawCategories, schedules, uniformFeed } from '@idlm/core-diffusion';
import { makeTokenizer, tokenizers } from '@idlm/data';
import { denoisers } from '@idlm/denoiser';
import { scorers } from '@idlm/evaluation';
import { inverseObjective, objectives, relaxations } from '@idlm/idlm-loss';
import { ancestral, samplers } from '@idlm/samplers';
import { optimizers, updateEach } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';
import './mixture.mjs';

schedules.register('late', {
  description: 'little noise for long: alpha = 1 - t²',
  options: {},
  create: () =>
    makeSchedule(
      { name: 'late' },
      { alpha: (t) => 1 - t * t, dAlpha: (t) => -2 * t, inverse: (alpha) => Math.sqrt(1 - alpha) },
    ),
});

families.register('unweighted', {
  description: 'masked diffusion whose loss does not depend on the noise level',
  options: { schedule: { kind: 'spec', choice: 'noise schedule', default: 'late' } },
  create(options, vocabulary) {
    const base = mdlm({ ...vocabulary, schedule: schedules.create(options.schedule) });
    const loss = (output, clean, noisy, noise) =>
      base.loss(output, clean, noisy, { ...noise, weight: tf.sign(noise.weight) });
    return { ...base, spec: { name: 'unweighted', options }, loss };
  },
});

/** The token before, the token itself and the token after, each by a table of its own. */
const TABLES = { before: -1, itself: 0, after: 1 };

const shapes = ({ vocabSize, width }) => ({
  ...Object.fromEntries(Object.keys(TABLES).map((name) => [name, [vocabSize, width]])),
  head: [width, vocabSize],
});

/** ids [B, L] moved by some positions, the ends repeated. */
const moved = (ids, by) => {
  const length = ids.shape[1];
  const from = Int32Array.from({ length }, (_, i) => Math.min(length - 1, Math.max(0, i + by)));
  return tf.gather(ids, tf.tensor1d(from, 'int32'), 1);
};

denoisers.register('neighbours', {
  description: 'each token from itself and the two beside it; no position sees further',
  create: (config) => ({
    describe: () => ({ type: 'neighbours', config }),
    vocabSize: config.vocabSize,
    timeConditioned: config.timeConditioned,
    apply: (weights, { ids }, _sigma, { positions } = {}) =>
      tf.tidy(() => {
        const seen = Object.entries(TABLES).map(([name, by]) => {
          const all = tf.reshape(moved(ids, by), [-1]);
          return tf.gather(weights[name], positions ? tf.gather(all, positions) : all);
        });
        const logits = tf.matMul(tf.tanh(tf.addN(seen)), weights.head);
        return positions ? logits : tf.reshape(logits, [...ids.shape, config.vocabSize]);
      }),
  }),
  shapes,
  initial: (config, random) =>
    Object.fromEntries(
      Object.entries(shapes(config)).map(([name, shape]) => [
        name,
        tf.tensor(Float32Array.from(random.split(name).normals(shape[0] * shape[1])), shape),
      ]),
    ),
});

samplers.register('plain', {
  description: 'ancestral steps to the end',
  options: {
    last: { kind: ['greedy', 'ancestral'], default: 'ancestral', meaning: 'what becomes of noise that is left' },
  },
  create: (options) => ({ ...ancestral(options), spec: { name: 'plain', options } }),
});

relaxations.register('sharp', {
  description: 'the probabilities, squared',
  create: (options) => ({
    spec: { name: 'sharp', options },
    noise: (rows, _vocabSize, random) => ({ uniforms: uniformFeed(random.uniforms(rows)) }),
    relax: (logProbs, { uniforms }) => ({
      soft: tf.softmax(tf.mul(logProbs, 2)),
      hard: drawCategories(tf.exp(logProbs), uniforms),
    }),
  }),
});

objectives.register('halved', {
  description: 'half of the inverse objective',
  options: { relaxation: { kind: 'spec', choice: 'relaxation', default: 'simplex' } },
  create(options, context) {
    const whole = inverseObjective(context, { relaxation: relaxations.create(options.relaxation) });
    return {
      ...whole,
      spec: { name: 'halved', options },
      studentLoss(networks, fed) {
        const { loss, stats } = whole.studentLoss(networks, fed);
        return { loss: tf.mul(loss, 0.5), stats };
      },
    };
  },
});

let updates = 0;

optimizers.register('momentum', {
  description: 'gradient descent with momentum',
  options: {
    kept: {
      kind: 'number',
      default: 0.9,
      minimum: 0,
      exclusiveMaximum: 1,
      meaning: 'share of the velocity that is kept',
    },
  },
  create: (options) => ({
    spec: { name: 'momentum', options },
    init: (parameters) => ({
      velocity: Object.fromEntries(Object.entries(parameters).map(([name, weight]) => [name, tf.zerosLike(weight)])),
    }),
    numbers(rate) {
      // A power cut, for whoever tests that runs go on.
      if (++updates === Number(process.env.ME_POWER_CUT)) process.kill(process.pid, 'SIGKILL');
      return { rate, kept: options.kept };
    },
    update: updateEach((gradient, { weight, state }, { scale, rate, kept }) => {
      const velocity = tf.add(tf.mul(state.velocity, kept), tf.mul(gradient, scale));
      return { weight: tf.sub(weight, tf.mul(velocity, rate)), state: { velocity } };
    }),
  }),
});

/** Words by id, then one for all others, then the mask. */
function commonWords(words, options, normalise) {
  const others = words.length;
  const ids = new Map(words.map((word, id) => [word, id]));
  return makeTokenizer(
    {
      spec: { name: 'common-words', options },
      vocabSize: words.length + 2,
      maskId: words.length + 1,
      unknownId: others,
      encode: (text) => Int32Array.from(text.match(/\S+/g) ?? [], (word) => ids.get(word) ?? others),
      decode: (some) => Array.from(some, (id) => [...words, '?', '▁'][id] ?? '\uFFFD').join(' '),
      json: { words },
    },
    normalise,
  );
}

tokenizers.register('common-words', {
  description: 'the commonest words of the text',
  options: { size: { kind: 'number', default: 100, whole: true, minimum: 1, meaning: 'how many' } },
  normalise: 'letters',
  async fit(options, { texts, normalise }) {
    const counts = new Map();
    for await (const text of texts())
      for (const word of text.match(/\S+/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word);
    return commonWords(ranked.slice(0, options.size), options, normalise);
  },
  load: ({ json, normalise }, options) => commonWords(json.words, options, normalise),
});

scorers.register('repeats', {
  description: 'a nat for each word that repeats the one before',
  create: () => ({
    name: 'repeats',
    score: async ({ ids, length }) => Float64Array.from(ids, (id, i) => (i % length > 0 && ids[i - 1] === id ? 1 : 0)),
  }),
});
