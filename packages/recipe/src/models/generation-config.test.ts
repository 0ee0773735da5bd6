import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '../config/load';
import { GENERATION_CONFIG, recommendGrid, withRecommended } from './generation-config';

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

describe('grids of times', () => {
  const spacingOf = async (...settings: string[]) => {
    const { loaded, recommended: told } = await withRecommended(resolveConfig({ settings }), {
      ...{ folder, isCausal: false },
      stored: { text: () => Promise.resolve(undefined) },
    });
    return { spacing: loaded.config.sampling.spacing, told };
  };
  const [two, three] = [
    [1, 0.4, 0.01],
    [1, 0.7, 0.2, 0],
  ];
  const file = () => readFile(join(folder, GENERATION_CONFIG), 'utf8').then((text) => JSON.parse(text) as object);

  it('are recommended beside what the file holds, one for each number of steps', async () => {
    await writeFile(join(folder, GENERATION_CONFIG), '{"temperature":0.7,"mine":[1],"time_grids":[[1,0.5,0]]}');
    expect(await recommendGrid(folder, three)).toBe(join(folder, GENERATION_CONFIG));
    await recommendGrid(folder, two);
    expect(await file()).toEqual({ temperature: 0.7, mine: [1], time_grids: [two, three] });
  });

  it('make a file where there is none, and are kept out of a damaged one', async () => {
    await recommendGrid(folder, two);
    expect(await file()).toEqual({ time_grids: [two] });
    await writeFile(join(folder, GENERATION_CONFIG), '{"top_k":');
    await expect(recommendGrid(folder, two)).rejects.toThrow(`${GENERATION_CONFIG} is damaged`);
    expect(await readFile(join(folder, GENERATION_CONFIG), 'utf8')).toBe('{"top_k":');
  });

  it('are taken where nobody has spaced the steps, and told where they are of these steps', async () => {
    await recommendGrid(folder, two);
    const spacing = [two];
    expect(await spacingOf('sampling.steps=2')).toEqual({ spacing, told: ['a time grid of 2 steps'] });
    expect(await spacingOf('sampling.steps=4')).toEqual({ spacing, told: [] });
    expect(await spacingOf('sampling.spacing=cosine')).toEqual({ spacing: 'cosine', told: [] });
  });

  it('are passed over where they do not fall', async () => {
    await writeFile(join(folder, GENERATION_CONFIG), '{"time_grids":[[1,1.5,0]]}');
    expect(await spacingOf()).toEqual({ spacing: 'uniform', told: [] });
  });
});
