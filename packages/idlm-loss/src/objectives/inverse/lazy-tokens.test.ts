import {
  type Denoiser,
  type DenoiserInput,
  type Family,
  type Parameters,
  type Part,
  d3pm,
  duo,
  inParts,
  joined,
  mdlm,
  randomStream,
  sedd,
  udlm,
  uniformD3pm,
  upload,
} from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { relaxations } from '../../relaxations/registry';
import { inverseObjective } from './inverse-objective';

beforeAll(() => useBackend());

const [vocabSize, maskId, batch, length, hidden] = [6, 5, 3, 8, 4];

/** Each position by itself and the mean of its batch: embedding, tanh, head. */
const network = (readsSources = false): Denoiser => {
  const embed = ({ table }: Parameters, input: DenoiserInput): tf.Tensor => {
    if ('ids' in input) return tf.gather(table!, input.ids);
    if ('latentSource' in input) {
      const both = joined(input.latentSource, { perSlot: [], shared: [table!], constantPerSlot: [], constants: [] });
      const embedded = inParts(both.inputs, 5, (part) => {
        const [own, { shared }] = both.split(part) as [Part, Part];
        return tf.matMul(tf.softmax(input.latentSource.at(own)), shared[0]!);
      });
      return tf.reshape(embedded, [batch, length, hidden]);
    }
    if ('topIds' in input)
      return tf.sum(tf.mul(tf.gather(table!, input.topIds), tf.expandDims(input.topWeights, -1)), 2);
    const { latent } = input;
    return tf.reshape(tf.matMul(tf.reshape(tf.softmax(latent), [-1, vocabSize]), table!), [batch, length, hidden]);
  };
  const head = {
    weights: ['head'],
    apply: ({ head: weight }: Parameters, states: tf.Tensor) => tf.matMul(states, weight!),
  };
  const hiddenAt: Denoiser['hidden'] = (parameters, input, _sigma, positions) =>
    tf.tidy(() => {
      const embedded = embed(parameters, input);
      const mixed = tf.tanh(tf.add(embedded, tf.mean(embedded, 1, true)));
      return tf.gather(tf.reshape(mixed, [-1, hidden]), positions as tf.Tensor1D);
    });
  return {
    describe: () => ({ type: 'mixing', config: { vocabSize, length, timeConditioned: false } }),
    vocabSize,
    timeConditioned: false,
    apply: (parameters, input, sigma, { positions } = {}) =>
      head.apply(parameters, hiddenAt!(parameters, input, sigma, positions!)),
    hidden: hiddenAt,
    head,
    readsSources,
  };
};

const weights = (seed: number): Parameters => ({
  table: tf.randomNormal([vocabSize, hidden], 0, 1, 'float32', seed),
  head: tf.randomNormal([hidden, vocabSize], 0, 1, 'float32', seed + 100),
});

const ids = Int32Array.from({ length: batch * length }, (_, i) => (i * 7) % 5);
const valid = Uint8Array.from(ids, (_, i) => Number(i % length > 1));

/** Value, stats and gradients in the trained network, of student and fake, where logits are computed so many at a time. */
function derived(family: Family, relaxation: string, logitsOfPart?: number, readsSources = false): number[] {
  const given = { relaxation: relaxations.create(relaxation), reduction: 'mean', anchor: 0.3 } as const;
  const objective = inverseObjective({ family, denoiser: network(readsSources) }, given, { logitsOfPart });
  const networks = { student: weights(1), teacher: weights(2), fake: weights(3) };
  return tf.tidy(() =>
    (['student', 'fake'] as const).flatMap((role) => {
      const feeds = objective[`${role}Feeds`]({ ids, batch, length, valid, update: 0 }, randomStream(4));
      const fed = upload(feeds);
      const loss = (table: tf.Tensor, head: tf.Tensor) =>
        objective[`${role}Loss`]({ ...networks, [role]: { table, head } }, fed).loss as tf.Scalar;
      const { table, head } = networks[role];
      const { value, grads } = tf.valueAndGrads(loss)([table!, head!]);
      const { stats } = objective[`${role}Loss`](networks, fed);
      return [value, ...Object.values(stats), ...grads].flatMap((tensor) => [...tensor.dataSync()]);
    }),
  );
}

const curriculum = { start: 0, end: 10, logStart: -1, logEnd: -1 };
const FAMILIES: Readonly<Record<string, Family>> = {
  mdlm: mdlm({ vocabSize, maskId }),
  'mdlm, importance sampling': mdlm({ vocabSize, maskId, importanceSampling: true }),
  duo: duo({ vocabSize, curriculum }),
  'duo, hard tokens': duo({ vocabSize, curriculum: { ...curriculum, end: 0 } }),
  d3pm: d3pm({ vocabSize, maskId, parameterization: 'mean-without-mask', steps: 10 }),
  'd3pm, uniform': uniformD3pm({ vocabSize, steps: 10 }),
  sedd: sedd({ vocabSize, maskId }),
  'sedd, uniform': sedd({ vocabSize }),
  udlm: udlm({ vocabSize }),
  'udlm, reconstruction': udlm({ vocabSize, reconstruction: true }),
};

describe('the inverse objective on rows that are computed when they are asked for', () => {
  it.each(
    Object.keys(FAMILIES).flatMap((name) =>
      (name === 'mdlm' ? relaxations.entries().map(([relaxation]) => relaxation) : ['simplex']).map(
        (relaxation) => [name, relaxation] as const,
      ),
    ),
  )('has the losses and gradients that it has on all of them: %s, %s', (name, relaxation) => {
    const tensors = tf.memory().numTensors;
    const whole = derived(FAMILIES[name]!, relaxation);
    const parts = derived(FAMILIES[name]!, relaxation, 4 * vocabSize);
    const scale = Math.max(...whole.map(Math.abs));
    expect(whole.every(Number.isFinite)).toBe(true);
    expect(scale).toBeGreaterThan(1e-3);
    expect(parts).toBeCloseToArray(whole, { atol: 1e-5 * Math.max(1, scale) });
    // The weights of both calls are not in a tidy.
    expect(tf.memory().numTensors).toBe(tensors + 2 * 6);
  });

  it('has them too where the network reads latents that are computed when they are asked for', () => {
    const whole = derived(FAMILIES['duo']!, 'simplex');
    const parts = derived(FAMILIES['duo']!, 'simplex', 4 * vocabSize, true);
    expect(parts).toBeCloseToArray(whole, { atol: 1e-5 * Math.max(...whole.map(Math.abs)) });
  });

  it.each([undefined, 4 * vocabSize])('refuses draws around known tokens (%p logits at a time)', (logitsOfPart) => {
    expect(() => derived(duo({ vocabSize, curriculum, top: 3 }), 'simplex', logitsOfPart)).toThrow(
      'The top-k form of Duo draws around known tokens',
    );
  });
});
