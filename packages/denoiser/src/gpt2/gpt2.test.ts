import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { readConfigFields } from '../hub/config-file';
import { denoisers, freshParameters } from '../registry';
import { convertModel } from '../node/convert';
import { type ModelFolder, describeModel, loadModel } from '../node/model-folder';
import { openWeights } from '../node/open-weights';
import { readSafetensors } from '../safetensors/read';
import { writeSafetensors } from '../safetensors/write';
import type { Gpt2Config } from './config';
import { gpt2 } from './gpt2';

const FOLDER = join(__dirname, '../../test/fixtures/gpt2');

interface Golden {
  readonly row: number[];
  readonly logits: number[][];
  readonly hidden: number[];
}

let golden: Golden;
let model: ModelFolder;
let folder: string;

beforeAll(async () => {
  await useBackend();
  golden = JSON.parse(await readFile(join(FOLDER, 'golden.json'), 'utf8')) as Golden;
  model = await loadModel(FOLDER);
  folder = await mkdtemp(join(tmpdir(), 'gpt2-'));
});
afterAll(async () => {
  tf.dispose(model.parameters);
  await rm(folder, { recursive: true });
});

const logitsOf = (own: Pick<ModelFolder, 'network' | 'parameters'>, positions?: number[]): Float32Array =>
  tf.tidy(() => {
    const ids = tf.tensor2d(golden.row, [1, golden.row.length], 'int32');
    const at = positions && { positions: tf.tensor1d(positions, 'int32') };
    return denoisers
      .create(own.network)
      .apply(own.parameters, { ids }, tf.zeros([1]), at)
      .dataSync<'float32'>();
  });

const wanted = () => golden.logits.flat();
const shown = () => golden.logits.map((_, i) => 8 * i);

describe('a GPT-2 of transformers', () => {
  it('gives the logits that transformers gives, on all positions and on chosen ones', () => {
    const all = logitsOf(model);
    const width = model.network.config.vocabSize;
    const chosen = shown().flatMap((at) => Array.from(all.subarray(at * width, (at + 1) * width)));
    expect(chosen).toBeCloseToArray(wanted(), { atol: 1e-5 });
    expect(logitsOf(model, shown())).toBeCloseToArray(wanted(), { atol: 1e-5 });
  });

  it('gives its last hidden state', () => {
    const hidden = tf.tidy(() => {
      const ids = tf.tensor2d(golden.row, [1, golden.row.length], 'int32');
      const last = tf.tensor1d([golden.row.length - 1], 'int32');
      const { hidden } = denoisers.create(model.network);
      return hidden!(model.parameters, { ids }, tf.zeros([1]), last).dataSync();
    });
    expect(hidden).toBeCloseToArray(golden.hidden, { atol: 1e-5 });
  });

  it('is read without the prefix, with masks and a saved head beside it, and in halves', async () => {
    const { tensors } = readSafetensors(await readFile(join(FOLDER, 'model.safetensors')));
    const bare = Object.fromEntries(
      Object.entries(tensors).map(([name, one]) => [name.replace('transformer.', ''), one]),
    );
    const ones = { dtype: 'F32' as const, shape: [1, 1, 1, 1], bytes: new Uint8Array(new Float32Array([1]).buffer) };
    const beside = { 'h.0.attn.bias': ones, 'h.0.attn.masked_bias': ones, 'lm_head.weight': bare['wte.weight']! };
    const bytes = writeSafetensors({ tensors: { ...bare, ...beside }, metadata: {} });
    await writeFile(join(folder, 'model.safetensors'), bytes);
    await writeFile(join(folder, 'config.json'), await readFile(join(FOLDER, 'config.json')));
    const again = await loadModel(folder);
    expect(logitsOf(again, shown())).toBeCloseToArray(wanted(), { atol: 1e-5 });
    tf.dispose(again.parameters);
    const [source, described] = [await openWeights(folder), await describeModel(folder)];
    await convertModel({ source, from: folder, to: join(folder, 'halves'), model: described, dtype: 'BF16' });
    await source.close();
    const halves = await loadModel(join(folder, 'halves'));
    expect(logitsOf(halves, shown())).toBeCloseToArray(wanted(), { atol: 0.3 });
    expect(logitsOf(halves, shown())).not.toBeCloseToArray(wanted(), { atol: 1e-4 });
    tf.dispose(halves.parameters);
  });
});

const fields = { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, n_embd: 1280, n_layer: 36, n_head: 20 };

describe('config.json of a GPT-2', () => {
  it('of gpt2-large is read as transformers reads it', () => {
    expect(readConfigFields(fields, 'config.json')).toEqual({
      modelType: 'gpt2',
      assumed: [],
      network: {
        type: 'gpt2',
        config: {
          ...{ hidden: 1280, blocks: 36, heads: 20, inner: 5120, epsilon: 1e-5, vocabSize: 50257, length: 1024 },
          ...{ timeConditioned: false, causal: true },
        },
      },
    });
  });

  it.each([
    ['scale_attn_by_inverse_layer_idx', true],
    ['scale_attn_weights', false],
    ['add_cross_attention', true],
    ['tie_word_embeddings', false],
    ['activation_function', 'relu'],
  ])('is refused by the name of %s', (name, value) => {
    expect(() => readConfigFields({ ...fields, [name]: value }, 'config.json')).toThrow(
      `config.json has ${name} ${JSON.stringify(value)}, which this program's GPT-2 does not do`,
    );
  });

  it.each([
    [{ n_embd: undefined }, 'config.json lacks the number n_embd'],
    [{ n_head: 7 }, 'hidden of a GPT-2 is a multiple of its heads'],
    [{ n_layer: 1e9 }, 'blocks of a GPT-2 is at most 4096'],
  ])('with %j is refused', (change, message) => {
    const make = () => denoisers.create(readConfigFields({ ...fields, ...change }, 'config.json').network);
    expect(make).toThrow(message);
  });
});

describe('a fresh GPT-2', () => {
  const config: Gpt2Config = {
    ...{ hidden: 8, blocks: 2, heads: 2, inner: 16, epsilon: 1e-5, vocabSize: 11, length: 600 },
    timeConditioned: false,
  };

  it('sees nothing of what comes after a position, also where attention is computed in blocks', () => {
    const network = gpt2(config);
    const parameters = freshParameters(network.describe(), randomStream(1));
    const logits = (last: number) =>
      tf.tidy(() => {
        const row = new Int32Array(600).map((_, i) => (i < 599 ? i % 11 : last));
        const at = { positions: tf.tensor1d([0, 598], 'int32') };
        return network.apply(parameters, { ids: tf.tensor2d(row, [1, 600], 'int32') }, tf.zeros([1]), at).dataSync();
      });
    expect(logits(3)).toEqual(logits(7));
    tf.dispose(parameters);
  });

  it('refuses longer sequences than its own', () => {
    const network = gpt2({ ...config, length: 4 });
    const ids = tf.zeros<tf.Rank.R2>([1, 5], 'int32');
    expect(() => network.apply({}, { ids }, tf.zeros([1]))).toThrow('This GPT-2 reads at most 4 tokens; 5 were given.');
  });
});
