// Writes what the network of a model answers to random tokens at two noise levels: ids, sigma and logits at some positions.
//   logits.ts MODEL OUT [--family NAME]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { randomStream } from '@idlm/core-diffusion';
import { denoisers, writeSafetensors } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';

/** Logits are kept at every so many positions, so that the file stays small at full size. */
const EVERY = 16;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { family: { type: 'string' } } });
const [model, out] = positionals as [string, string];

await openEngine();
const { network, parameters } = await loadModel(model, values.family === undefined ? {} : { family: values.family });
const { length, vocabSize, timeConditioned } = network.config;
const random = randomStream(1);
const denoiser = denoisers.create(network);

/** The numbers of one row, by the names under which they are written. */
async function answer(index: number, sigma: number): Promise<[string, tf.Tensor][]> {
  // Half of the tokens are the last entry, which is the mask of networks that have one.
  const drawn = random.integers(length, vocabSize).map((id, i) => (i % 2 ? id : vocabSize - 1));
  const ids = tf.tensor2d(drawn, [1, length], 'int32');
  const level = tf.tensor1d([timeConditioned ? sigma : 0]);
  const logits = tf.tidy(() => {
    const kept = tf.range(0, length, EVERY, 'int32') as tf.Tensor1D;
    return tf.gather(denoiser.apply(parameters, { ids }, level), kept, 1);
  });
  return [
    [`${index}/ids`, ids],
    [`${index}/sigma`, level],
    [`${index}/logits`, logits],
  ];
}

const found = [...(await answer(0, 0.3)), ...(await answer(1, 2.5))];
const tensors = await Promise.all(
  found.map(async ([name, tensor]) => {
    const numbers = Float32Array.from(await tensor.data());
    return [name, { dtype: 'F32' as const, shape: tensor.shape, bytes: new Uint8Array(numbers.buffer) }] as const;
  }),
);
await writeFile(out, writeSafetensors({ tensors: Object.fromEntries(tensors), metadata: { every: String(EVERY) } }));
