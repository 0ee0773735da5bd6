import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SamplingFamily, families } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { loadModel } from '../../node/model-folder';
import { denoisers } from '../../registry';
import type { ModelKnowledge } from '../../networks/network-type';
import { toFloat32 } from '../../safetensors/numbers';
import { readSafetensors } from '../../safetensors/read';

const FOLDER = join(__dirname, '../../../test/published');
const answers = readSafetensors(Uint8Array.from(readFileSync(join(FOLDER, 'answers.safetensors')))).tensors;

/** Families that the folders themselves do not name, and what a user says of one that tells neither family nor timing. */
const CASES: readonly (readonly [name: string, family: string | undefined, known: ModelKnowledge])[] = [
  ['mdlm-owt', 'mdlm', {}],
  ['mdlm-no_flashattn-fp32-owt', 'mdlm', {}],
  ['duo', 'duo', {}],
  ['duo-distilled', 'duo', {}],
  ['idlm-mdlm', 'mdlm', {}],
  ['idlm-duo', 'duo', {}],
  ['idlm-dcd', 'duo', { family: 'duo' }],
  ['udlm', 'udlm', {}],
  ['sedd-small', 'sedd', {}],
  ['sedd-uniform-repaired', 'sedd', {}],
  ['bd3lm-owt-block_size1024-pretrain', 'mdlm', {}],
  ['autoregressive', undefined, {}],
];

/** Differences that are allowed to what float64 computes. */
const TOLERANCE = { atol: 2e-6, rtol: 1e-4 };

beforeAll(() => useBackend());

/** The rows [V] of an output at the positions that a sampler asks: of an absorbing process, those of masks. */
function askedRows(output: Float64Array, ids: Int32Array, { process }: SamplingFamily): Float64Array[] {
  const vocabSize = output.length / ids.length;
  const rows = Array.from(ids, (_, i) => output.subarray(i * vocabSize, (i + 1) * vocabSize));
  return rows.filter((_, i) => process.kind !== 'absorbing' || ids[i] === vocabSize - 1);
}

/** Logits as the family's samplers read them: log-probabilities, or log-scores where it has those. */
function convert(family: SamplingFamily, logits: Float64Array, ids: Int32Array, times: Float64Array): Float64Array {
  const [vocabSize, length] = [logits.length / ids.length, ids.length / times.length];
  const convertRow = family.slotToLogScores?.bind(family) ?? family.slotToLogProbs.bind(family);
  ids.forEach((id, i) =>
    convertRow(logits.subarray(i * vocabSize, (i + 1) * vocabSize), id, times[Math.floor(i / length)]!),
  );
  return logits;
}

describe('a folder in a published layout gives the logits of another implementation', () => {
  it.each(CASES)('%s', async (name, familyName, known) => {
    const numbers = (key: string) => Float64Array.from(toFloat32(answers[`${name}/${key}`]!));
    const { network, family, parameters } = await loadModel(join(FOLDER, name), known);
    const ids = Int32Array.from(numbers('ids'));
    const [batch, length] = answers[`${name}/ids`]!.shape as [number, number];
    const logits = tf.tidy(() => {
      const input = { ids: tf.tensor2d(ids, [batch, length], 'int32') };
      return denoisers.create(network).apply(parameters, input, tf.tensor1d(Float32Array.from(numbers('sigma'))));
    });
    const found = Float64Array.from(logits.dataSync());
    tf.dispose([logits, parameters] as never);
    expect(found).toBeCloseToArray(numbers('logits'), TOLERANCE);
    if (familyName === undefined) return;

    const { vocabSize } = network.config;
    const made = families.create(family ?? familyName, { vocabSize, maskId: vocabSize - 1 });
    const expected = askedRows(numbers('output'), ids, made);
    askedRows(convert(made, found, ids, numbers('t')), ids, made).forEach((row, i) =>
      expect(row).toBeCloseToArray(expected[i]!, TOLERANCE),
    );
  });
});
