// One of each kind of choice, as a user's own file registers them.
import { cosine, families, mdlm, schedules } from '@idlm/core-diffusion';
import { denoisers } from '@idlm/denoiser';
import { continuedTraining, objectives } from '@idlm/idlm-loss';
import { ancestral, samplers } from '@idlm/samplers';
import { optimizers } from '@idlm/trainer';
import * as tf from '@tensorflow/tfjs-core';

schedules.register('gentle', {
  description: 'the cosine, by another name',
  create: () => ({ ...cosine(), spec: { name: 'gentle', options: {} } }),
});

families.register('late-masks', {
  description: 'masks that come late',
  create: (options, vocabulary) => ({
    ...mdlm({ ...vocabulary, schedule: schedules.create('gentle') }),
    spec: { name: 'late-masks', options },
  }),
});

samplers.register('plain', {
  description: 'ancestral steps',
  create: (options) => ({ ...ancestral({ last: 'ancestral' }), spec: { name: 'plain', options } }),
});

objectives.register('half', {
  description: 'half of the loss on data',
  create(options, context) {
    const whole = continuedTraining(context, {});
    return {
      ...whole,
      spec: { name: 'half', options },
      studentLoss(networks, fed) {
        const { loss, stats } = whole.studentLoss(networks, fed);
        return { loss: tf.mul(loss, 0.5), stats };
      },
    };
  },
});

optimizers.register('descent', {
  description: 'plain gradient descent',
  options: { step: { kind: 'number', default: 1, exclusiveMinimum: 0, meaning: 'times the learning rate' } },
  create: (options) => ({
    spec: { name: 'descent', options },
    init: () => ({}),
    numbers: (rate) => ({ rate: rate * options.step }),
    update: (gradients, parameters, _state, { scale, rate }) => ({
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, weight]) => [
          name,
          tf.sub(weight, tf.mul(tf.mul(gradients[name], scale), rate)),
        ]),
      ),
      state: {},
    }),
  }),
});

/** Logits of each token from its own embedding: no position sees another. */
const lookup = (config) => ({
  describe: () => ({ type: 'lookup', config }),
  vocabSize: config.vocabSize,
  timeConditioned: config.timeConditioned,
  apply: (weights, { ids }, _sigma, { positions } = {}) =>
    tf.tidy(() => {
      const asked = positions ? tf.gather(tf.reshape(ids, [-1]), positions) : tf.reshape(ids, [-1]);
      const logits = tf.matMul(tf.gather(weights.table, asked), weights.head);
      return positions ? logits : tf.reshape(logits, [...ids.shape, config.vocabSize]);
    }),
});

const shapes = ({ vocabSize, width }) => ({ table: [vocabSize, width], head: [width, vocabSize] });

denoisers.register('lookup', {
  description: 'a table',
  create: lookup,
  shapes,
  initial: (config, random) =>
    Object.fromEntries(
      Object.entries(shapes(config)).map(([name, shape]) => [
        name,
        tf.tensor(Float32Array.from(random.split(name).normals(shape[0] * shape[1])), shape),
      ]),
    ),
});
