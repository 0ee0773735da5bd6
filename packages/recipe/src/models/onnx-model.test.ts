import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NetworkDescription, randomStream } from '@idlm/core-diffusion';
import { byteTokenizer, tokenizerFiles } from '@idlm/data';
import { PRESETS, configFields, initialParameters } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { exportOnnx } from '@idlm/onnx';
import { findOnnxLibrary, writeOnnxFiles } from '@idlm/onnx/node';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { resolveConfig } from '../config/load';
import { distill } from '../jobs/train';
import { openModel } from '../jobs/model';

let folder: string;
beforeAll(async () => {
  await useBackend();
  folder = await mkdtemp(join(tmpdir(), 'onnx-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sizes = { hidden: 16, blocks: 1, heads: 2, cond: 4, length: 8 };
const config = { ...PRESETS.tiny, ...sizes, vocabSize: 257, timeConditioned: true };
const network: NetworkDescription = { type: 'dit', config };

/** A file of a random network, its weights beside it, with texts. */
async function saved(name: string, metadata: Record<string, string>): Promise<string> {
  const parameters = initialParameters(config, randomStream(1));
  const read = async (weight: string) => (await parameters[weight]!.data()) as Float32Array;
  const path = join(folder, name);
  await writeOnnxFiles(path, await exportOnnx({ network, read }, { metadata, dataFile: `${name}_data`, dataFrom: 0 }));
  tf.dispose(parameters);
  return path;
}

const fields = configFields({ network, family: { name: 'mdlm', options: {} } });
const texts = { 'config.json': JSON.stringify(fields), ...tokenizerFiles(byteTokenizer()) };

(findOnnxLibrary() ? it : it.skip)('an ONNX file is a model that writes, with its weights beside it', async () => {
  const recommending = { ...texts, 'generation_config.json': '{"steps": 3, "temperature": 0.9}' };
  const model = await openModel(await saved('whole.onnx', recommending));
  expect(model).toMatchObject({ network: { config: { ...sizes, vocabSize: 257 } }, tokenizer: { vocabSize: 257 } });
  const written = await model.sample({ count: 2, prompt: 'ab', seed: 5 });
  expect(written.map((text) => text.slice(0, 2))).toEqual(['ab', 'ab']);
  // What fills a row up is not part of its text.
  expect(await model.sample({ prompt: 'ab', sampling: { pattern: ' *' } })).toEqual(['ab']);
  // What the file recommends is what is used.
  const asRecommended = { sampling: { temperature: 0.9 }, steps: 3 };
  expect(await model.sample({ count: 2, prompt: 'ab', seed: 5, ...asRecommended })).toEqual(written);
});

(findOnnxLibrary() ? it : it.skip)('prompts are given to it as its run gave them', async () => {
  const prompting = { field: 'q', separator: ' = ', isBegun: false };
  const model = await openModel(
    await saved('prompted.onnx', { ...texts, 'prompting.json': JSON.stringify(prompting) }),
  );
  expect((await model.sample({ prompt: '1+1', steps: 2 }))[0]!.slice(0, 6)).toBe('1+1 = ');
  const other = await openModel(await saved('other.onnx', { ...texts, 'prompting.json': '{"field": 1}' }));
  await expect(other.sample({ prompt: '1+1' })).rejects.toThrow('prompting.json is JSON, but no such record');
});

it('it is neither trained from nor saved', async () => {
  const path = await saved('refused.onnx', texts);
  const model = await openModel(path);
  const sentence = `${path} is an ONNX file, with which texts are sampled and nothing else`;
  await expect(model.save(join(folder, 'copy'))).rejects.toThrow(sentence);
  await expect(distill(resolveConfig({}), { teacher: model })).rejects.toThrow(sentence);
  await expect(openModel(path, resolveConfig({}), { engine: { name: 'wasm' } as Engine })).rejects.toThrow(
    `${path} is run by ONNX Runtime, and an engine was given`,
  );
});

it('it must say which tokenizer is meant, and hold whole files', async () => {
  const { 'tokenizer.json': _, ...others } = texts;
  const path = await saved('without.onnx', others);
  await expect(openModel(path)).rejects.toThrow(`The model in ${path} has no tokenizer.json`);
  const named = await openModel(path, resolveConfig({ settings: ['data.tokenizer=bytes'] }));
  expect(named.tokenizer.spec.name).toBe('bytes');
  const damaged = {
    'config.json': '{',
    'tokenizer.json': '{',
    'tokenizer_config.json': '[]',
    'generation_config.json': '',
  };
  for (const [name, text] of Object.entries(damaged))
    await expect(openModel(await saved('damaged.onnx', { ...texts, [name]: text }))).rejects.toThrow(
      join(folder, 'damaged.onnx', name),
    );
});
