// Draws a new network, saves it as a model folder, loads it again and asks it about a half-masked text.
//   npx tsx -C @idlm/source packages/denoiser/examples/model-folder.ts [folder]
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mdlm, randomStream } from '@idlm/core-diffusion';
import {
  type DitConfig,
  PRESETS,
  denoisers,
  dit,
  hostDenoiser,
  initialParameters,
  parameterCount,
} from '@idlm/denoiser';
import { loadModel, saveModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';

const engine = await openEngine();
const given = process.argv[2];
const folder = given ?? (await mkdtemp(join(tmpdir(), 'model-')));

const maskId = 27; // 26 letters, the space, and the mask
const config: DitConfig = { ...PRESETS.tiny, vocabSize: maskId + 1, timeConditioned: false };
const [network, family] = [dit(config).describe(), mdlm({ vocabSize: config.vocabSize, maskId })];
const fresh = initialParameters(config, randomStream(1));
await saveModel(folder, { network, family: family.spec, parameters: fresh, metadata: { made: 'by an example' } });
tf.dispose(fresh);
console.log(`${parameterCount(network)} parameters in ${(await readdir(folder)).join(', ')}`);
// → 376316 parameters in config.json, model.safetensors

const model = await loadModel(folder);
const served = hostDenoiser({
  denoiser: denoisers.create(model.network),
  parameters: model.parameters,
  schedule: family.schedule,
  compile: engine.compile,
});

const tokens = Int32Array.from({ length: config.length }, (_, i) => (i % 2 ? maskId : i % 26));
const positions = Int32Array.from(tokens.keys()).filter((i) => tokens[i] === maskId);
const logits = await served.denoise({ tokens, length: config.length, t: 0.5, positions });
console.log(
  `logits of ${positions.length} masked positions: ${positions.length} × ${logits.length / positions.length}`,
);
console.log(`all are 0, as the head of a new network is: ${logits.every((value) => value === 0)}`);
// → logits of 32 masked positions: 32 × 28
// → all are 0, as the head of a new network is: true

served.dispose();
tf.dispose(model.parameters);
if (!given) await rm(folder, { recursive: true });
