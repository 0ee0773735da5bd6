import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '../config/load';
import { GENERATION_CONFIG, withRecommended } from './generation-config';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generation-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What becomes of settings beside a folder's file. */
async function recommended(file: string | undefined, ...settings: string[]) {
  if (file !== undefined) await writeFile(join(folder, GENERATION_CONFIG), file);
  return read(false, settings);
}

async function read(isCausal: boolean, settings: string[] = []) {
  const { loaded, recommended: sentences } = await withRecommended(resolveConfig({ settings }), {
    ...{ folder, isCausal },
    stored: { text: () => Promise.resolve(undefined) },
  });
  const { temperature, nucleus, topK, steps } = loaded.config.sampling;
  return { fields: [temperature, nucleus, topK, steps], sentences };
}

describe('what a folder recommends for sampling', () => {
  it('is taken where nobody has set it', async () => {
    const file = JSON.stringify({ temperature: 0.7, top_p: 0.9, top_k: 50, steps: 8, max_new_tokens: 20 });
    expect(await recommended(file)).toEqual({
      fields: [0.7, 0.9, 50, 8],
      sentences: ['temperature 0.7', 'top_p 0.9', 'top_k 50', 'steps 8'],
    });
    const some = await recommended(file, 'sampling.temperature=1', 'sampling.steps=32');
    expect(some).toEqual({ fields: [1, 0.9, 50, 32], sentences: ['top_p 0.9', 'top_k 50'] });
  });

  it('is nothing without a file, or where a value means something else here', async () => {
    const defaults = { fields: [1, 1, null, 16], sentences: [] };
    expect(await recommended(undefined)).toEqual(defaults);
    expect(await recommended('{"temperature":0,"top_p":null,"top_k":0,"steps":"many"}')).toEqual(defaults);
  });

  it('has no steps for a model that writes from left to right', async () => {
    await writeFile(join(folder, GENERATION_CONFIG), '{"temperature":0.7,"steps":8}');
    expect(await read(true)).toEqual({ fields: [0.7, 1, null, 16], sentences: ['temperature 0.7'] });
  });

  it('is refused where the file is damaged', async () => {
    await expect(recommended('{"temperature":')).rejects.toThrow(`${GENERATION_CONFIG} is damaged`);
  });
});
