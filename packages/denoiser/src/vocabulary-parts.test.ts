import { type Denoiser, randomStream, runPlainly } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { dit } from './dit/dit';
import { initialParameters } from './dit/parameters';
import { FEW_LOGITS_OF_CALL, vocabularyParts } from './vocabulary-parts';

const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 200, length: 6, timeConditioned: true };

/** The same network, of which the entries of each product of its head are noted. */
function noted(entries: number[]): Denoiser {
  const network = dit(config);
  const head = {
    ...network.head!,
    apply(own: Readonly<Record<string, tf.Tensor>>, states: tf.Tensor) {
      for (const name of network.head!.weights) entries.push(own[name]!.shape[0]!);
      return network.head!.apply(own, states);
    },
  };
  return { ...network, head };
}

/** Weights none of which is zero. */
const randomWeights = () =>
  Object.fromEntries(
    Object.entries(initialParameters(config, randomStream(1))).map(([name, value], i) => [
      name,
      tf.add(value, tf.randomNormal(value.shape, 0, 0.3, 'float32', i)),
    ]),
  );

describe('logits for some entries of the vocabulary at a time', () => {
  it.each([64, 128, 1000])('are those of all, by up to %i entries, and leak nothing', async (most) => {
    const { compile } = await useBackend();
    const parameters = randomWeights();
    const entries: number[] = [];
    const inputs = {
      ids: tf.tensor2d([0, 199, 3, 70, 64, 63], [1, 6], 'int32'),
      sigma: tf.tensor1d([0.7]),
      positions: tf.tensor1d([1, 2, 4, 0], 'int32'),
    };
    const { ids, sigma, positions } = inputs;
    const expected = tf.tidy(() => dit(config).apply(parameters, { ids }, sigma, { positions }).dataSync());
    const before = tf.memory().numTensors;
    const parts = vocabularyParts(noted(entries), compile, { ofPart: 4 * most })!;
    // The last position is padding.
    const found = await parts.logits(parameters, inputs, 3);
    expect(found).toBeCloseToArray(Array.from(expected.subarray(0, 3 * 200)), { atol: 1e-6 });
    const sizes = { 64: [64, 64, 64, 8], 128: [128, 72], 1000: [200] }[most]!;
    // A compiled product is traced once for each size.
    expect(new Set(entries)).toEqual(new Set(sizes));
    parts.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([parameters, inputs] as never);
  });

  it('are for calls with many alone, and for heads that go by entries', () => {
    const parts = vocabularyParts(dit(config), runPlainly, { few: 1000 })!;
    expect([parts.areMany(5), parts.areMany(6)]).toEqual([false, true]);
    // Memory is estimated by the sizes that are exported.
    const few = Math.floor(FEW_LOGITS_OF_CALL / config.vocabSize);
    const asIs = vocabularyParts(dit(config), runPlainly)!;
    expect([asIs.areMany(few), asIs.areMany(few + 1)]).toEqual([false, true]);
    const { head, ...network } = dit(config);
    expect(vocabularyParts({ ...network, head: { ...head!, byEntry: false } }, runPlainly)).toBeUndefined();
    expect(vocabularyParts(network, runPlainly)).toBeUndefined();
  });
});
