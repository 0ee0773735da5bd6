import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duo, randomStream } from '@idlm/core-diffusion';
import { LETTERS, characterTokenizer, tokenizerFiles } from '@idlm/data';
import { PRESETS, initialParameters } from '@idlm/denoiser';
import { saveModel } from '@idlm/denoiser/node';
import { resolveConfig } from '@idlm/recipe/config';
import { openModel } from '@idlm/recipe';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { createServer, savedModel } from '../index';

const tokenizer = characterTokenizer(LETTERS, 'letters');
const vocabSize = tokenizer.maskId;
const sizes = { hidden: 16, blocks: 1, heads: 2, cond: 4, length: 12 };
const config = { ...PRESETS.tiny, ...sizes, vocabSize, timeConditioned: true };

let folder: string;
beforeAll(async () => {
  await useBackend();
  folder = await mkdtemp(join(tmpdir(), 'saved-duo-'));
  // Without the zeros of a new network, so that tokens and time count.
  const parameters = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(initialParameters(config, randomStream(3))).map(([name, value], i) => [
        name,
        tf.add(value, tf.randomNormal(value.shape, 0, 0.5, 'float32', i + 1)),
      ]),
    ),
  );
  const family = duo({ vocabSize }).spec;
  await saveModel(folder, { network: { type: 'dit', config }, family, parameters, metadata: {} });
  for (const [name, text] of Object.entries(tokenizerFiles(tokenizer))) await writeFile(join(folder, name), text);
  tf.dispose(parameters);
});
afterAll(() => rm(folder, { recursive: true }));

it.each([['onnx'], ['wasm']])(
  'a model that reads the noise level writes on %s what it writes alone, among texts at other steps',
  async (runtime) => {
    const settings = runtime === 'wasm' ? ['engine.name=wasm'] : ['sampling.runtime=onnx'];
    const calls: number[] = [];
    const source = await savedModel(folder, { id: 'duo', loaded: resolveConfig({ settings }) });
    const opened = await source.open();
    const { denoise } = opened.network;
    const network: typeof opened.network = {
      ...opened.network,
      denoise: (request) => {
        calls.push(new Set(request.times).size);
        return denoise(request);
      },
    };
    const server = createServer({ models: [{ ...source, open: async () => ({ ...opened, network }) }] });
    const asked = [3, 5, 8].flatMap((steps) => [1, 2].map((seed) => ({ steps, seed })));
    const answers = await Promise.all(
      asked.map(async (fields) => {
        const response = await server.app.request('/v1/completions', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'duo', prompt: 'the', n: 4, echo: true, ...fields }),
        });
        return (await response.json()) as { choices: { text: string }[] };
      }),
    );
    await server.dispose();
    const alone = await openModel(folder, resolveConfig({ settings }));
    for (const [i, fields] of asked.entries())
      expect(answers[i]!.choices.map(({ text }) => text.replace(/ +$/, ''))).toEqual(
        await alone.sample({ prompt: 'the', count: 4, ...fields }),
      );
    // Texts of several numbers of steps stand at different times, in one call.
    expect(Math.max(...calls)).toBeGreaterThan(1);
  },
);
