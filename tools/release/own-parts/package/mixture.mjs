// A process of its own, neither absorbing nor uniform, with the family that it is noised, learned and sampled by.
import {
  batchRowOf,
  categorical,
  countedSlots,
  families,
  floatFeed,
  intFeed,
  lossPlaces,
  maskedLogSoftmax,
  moveTokens,
  oneHotRows,
  schedules,
  simplexAt,
  tokensAt,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';

/** The law π of all noise, [V]: a share of masks, and the rest evenly over the other tokens. */
const noiseLaw = ({ vocabSize, maskId }, masks) =>
  Float64Array.from({ length: vocabSize }, (_, v) => (v === maskId ? masks : (1 - masks) / (vocabSize - 1)));

/**
 * A token is kept with probability α, else drawn from π: q(x_t | x_0) = α [x_t = x_0] + (1 − α) π.
 * Source: GIDD (arXiv 2503.04482), with a constant mixing law.
 */
function mixture(options, { vocabSize, maskId }) {
  const noise = noiseLaw({ vocabSize, maskId }, options.masks);
  const marginal = (clean, v, alpha) => alpha * clean[v] + (1 - alpha) * noise[v];
  return {
    spec: { name: 'mixture', options },
    kind: 'mixed',
    vocabSize,
    maskId,
    prior: (batch, length, random) => Int32Array.from({ length: batch * length }, () => categorical(noise, random)),
    transition(clean, alpha, out) {
      out.set(noise.map((share) => (1 - alpha) * share));
      out[clean] += alpha;
    },
    isOpen: () => true,
    posterior(current, clean, alphaS, alphaT, out) {
      const [kept, total] = [alphaT / alphaS, marginal(clean, current, alphaT)];
      for (let v = 0; v < vocabSize; v++)
        out[v] = ((kept * Number(v === current) + (1 - kept) * noise[current]) * marginal(clean, v, alphaS)) / total;
    },
    cleanToRates(clean, current, { alpha, dAlpha }) {
      const rate = ((-dAlpha / alpha) * noise[current]) / marginal(clean, current, alpha);
      for (let v = 0; v < vocabSize; v++) clean[v] = v === current ? 0 : rate * marginal(clean, v, alpha);
    },
    scoresToRates(scores, current, dSigma) {
      for (let v = 0; v < vocabSize; v++) scores[v] *= dSigma * noise[current];
    },
    scoresToStep(scores, current, removed) {
      scores[current] = 1;
      const [stays, total] = [Math.exp(-removed), scores.reduce((sum, score) => sum + score)];
      for (let v = 0; v < vocabSize; v++) {
        const before = scores[v] / stays - (1 / stays - 1) * noise[v] * total;
        scores[v] = Math.max(0, before) * (stays * Number(v === current) + (1 - stays) * noise[current]);
      }
    },
  };
}

/** Which tokens are drawn anew, and what they become. @param alpha of each batch row, [B] */
function drawMixture({ ids, length, valid }, alpha, noise, random) {
  const [moved, replacement] = [new Int32Array(ids.length), new Int32Array(ids.length)];
  for (let i = 0; i < ids.length; i++) {
    moved[i] = Number(random.uniform() >= alpha[batchRowOf(i, length)] && valid[i] === 1);
    replacement[i] = categorical(noise, random);
  }
  return { moved: intFeed(moved), replacement: intFeed(replacement) };
}

/** q(x_s | x_t, x_0 ~ x) at each slot, [N, V]; α_t and α_s are [N]. */
function posteriorAt(x, current, law, alphaT, alphaS) {
  const column = (values) => tf.expandDims(values, 1);
  const marginal = (alpha) => tf.add(tf.mul(x, column(alpha)), tf.mul(law, column(tf.sub(1, alpha))));
  const isCurrent = oneHotRows(current, law.size);
  const kept = tf.div(alphaT, alphaS);
  const arrives = tf.add(tf.mul(isCurrent, column(kept)), column(tf.mul(tf.gather(law, current), tf.sub(1, kept))));
  const total = tf.sum(tf.mul(marginal(alphaT), isCurrent), 1, true);
  return tf.div(tf.mul(arrives, marginal(alphaS)), total);
}

/** Steps of the bound, and what keeps logarithms of impossible outcomes finite. */
const [STEPS, TINY] = [20, 1e-9];

families.register('mixed', {
  description: 'tokens become masks and other tokens alike',
  options: {
    masks: {
      kind: 'number',
      default: 0.5,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      meaning: 'share of masks in all noise',
    },
    schedule: { kind: 'spec', choice: 'noise schedule', default: 'late' },
  },
  create(options, vocabulary) {
    const { vocabSize, maskId } = vocabulary;
    const { masks } = options;
    const [schedule, process] = [schedules.create(options.schedule), mixture({ masks }, vocabulary)];
    const noise = noiseLaw(vocabulary, masks);
    const lowest = (alpha) => Math.max(alpha, 1e-4);
    return {
      spec: { name: 'mixed', options },
      schedule,
      process,
      slotToLogProbs(logits) {
        logits[maskId] = -Infinity;
        const most = logits.reduce((a, b) => Math.max(a, b));
        const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
        for (let v = 0; v < vocabSize; v++) logits[v] -= most + total;
      },
      noise(clean, times, random, { bucket } = {}) {
        const steps = Array.from(times, (t) => Math.max(1, Math.ceil(t * STEPS)));
        const [later, earlier] = [0, 1].map((by) => steps.map((k) => lowest(schedule.alpha((k - by) / STEPS))));
        const { feeds, perSlot } = lossPlaces(clean.valid, clean.length, bucket);
        return {
          ...feeds,
          sigma: floatFeed(later.map((alpha) => -Math.log(alpha))),
          alpha: perSlot((row) => later[row], 0.5),
          earlier: perSlot((row) => earlier[row], 1),
          ...drawMixture(clean, later, noise, random),
        };
      },
      corrupt: moveTokens,
      perSlot: ['alpha', 'earlier'],
      toLogProbs: (logits) => maskedLogSoftmax(logits, maskId),
      loss(logProbs, clean, { ids, positions }, given) {
        const [current, law] = [tokensAt(ids, positions), tf.tensor1d(Float32Array.from(noise))];
        const posterior = (x) => posteriorAt(x, current, law, given.alpha, given.earlier);
        const [q, p] = [posterior(simplexAt(clean, positions, vocabSize)), posterior(tf.exp(logProbs))];
        const divergence = tf.sum(tf.mul(q, tf.sub(tf.log(tf.add(q, TINY)), tf.log(tf.add(p, TINY)))), 1);
        return { perPosition: tf.mul(divergence, tf.mul(countedSlots(given), STEPS)) };
      },
    };
  },
});
