import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { initialParameters } from '../dit/parameters';
import { readSafetensors } from '../safetensors/read';
import { writeSafetensors } from '../safetensors/write';
import { writeFileAtomically } from './atomic-file';
import { loadModel, saveModel } from './model-folder';

const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 6, timeConditioned: true };
let folder: string;

beforeAll(() => useBackend());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
  const parameters = initialParameters(config, randomStream(1));
  await saveModel(folder, { type: 'mdlm', config, parameters, metadata: { note: 'test' } });
  tf.dispose(parameters);
});
afterEach(() => rm(folder, { recursive: true }));

const edit = async (file: string, change: (value: Record<string, unknown>) => void) => {
  const value = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
  change(value);
  await writeFile(join(folder, file), JSON.stringify(value));
};

describe('model folder', () => {
  it('loads what was saved, bit for bit, in the published names', async () => {
    const loaded = await loadModel(folder);
    expect(loaded.config).toEqual(config);
    expect(loaded.metadata).toMatchObject({ note: 'test', format: 'pt' });
    const fresh = initialParameters(config, randomStream(1));
    for (const [name, value] of Object.entries(fresh))
      expect(loaded.parameters[name]!.dataSync()).toEqual(value.dataSync());
    const names = Object.keys(readSafetensors(await readFile(join(folder, 'model.safetensors'))).tensors);
    expect(names).toContain('backbone.rotary_emb.inv_freq');
    expect(names.every((name) => name.startsWith('backbone.'))).toBe(true);
    tf.dispose([fresh, loaded.parameters] as never);
  });

  it('loads shards by their index', async () => {
    const whole = readSafetensors(await readFile(join(folder, 'model.safetensors')));
    const entries = Object.entries(whole.tensors);
    const weightMap: Record<string, string> = {};
    for (const [part, chosen] of [entries.slice(0, 3), entries.slice(3)].entries()) {
      const file = `model-0000${part + 1}.safetensors`;
      await writeFile(join(folder, file), writeSafetensors({ tensors: Object.fromEntries(chosen), metadata: {} }));
      chosen.forEach(([name]) => (weightMap[name] = file));
    }
    await rm(join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
    expect(Object.keys((await loadModel(folder)).parameters).length).toBe(entries.length - 1);
  });

  it.each([
    [
      'another architecture',
      (value: Record<string, unknown>) => (value['model_type'] = 'llama'),
      /config\.json is of model type "llama"/,
    ],
    [
      'another vocabulary',
      (value: Record<string, unknown>) => (value['vocab_size'] = 9),
      /vocab_embed\.embedding of shape \[5, 8\] where the configuration means \[9, 8\]/,
    ],
    [
      'more blocks',
      (value: Record<string, unknown>) => (value['n_blocks'] = 2),
      /lacks the tensor blocks\.1\.norm1\.weight/,
    ],
    ['fewer blocks', (value: Record<string, unknown>) => (value['n_blocks'] = 0), /blocks of the model must be/],
    ['a missing size', (value: Record<string, unknown>) => delete value['n_heads'], /lacks the number n_heads/],
  ])('refuses %s in one sentence', async (_, change, message) => {
    await edit('config.json', change);
    await expect(loadModel(folder)).rejects.toThrow(message);
  });

  it('refuses a truncated file and a folder without a model', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 500));
    await expect(loadModel(folder)).rejects.toThrow('is no valid safetensors file');
    await expect(loadModel(join(folder, 'nowhere'))).rejects.toThrow(
      'config.json does not exist; name a folder with config.json',
    );
  });
});

describe('writeFileAtomically', () => {
  it('leaves the old file and nothing else when writing fails', async () => {
    const path = join(folder, 'target');
    await writeFileAtomically(path, 'old');
    await expect(writeFileAtomically(path, Symbol('unwritable') as never)).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
