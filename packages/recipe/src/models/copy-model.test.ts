import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyModel } from './model-files';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copy-'));
  await mkdir(inFolder('from'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Files of these names, and what of them is copied. */
async function copied(names: readonly string[], from = inFolder('from')): Promise<string[]> {
  for (const name of names) await writeFile(inFolder('from', name), name);
  await copyModel(from, inFolder('to'));
  return (await readdir(inFolder('to'))).sort();
}

describe('copyModel', () => {
  it('takes the shards of the index, whatever they are called, and leaves what only a run needs', async () => {
    const index = { weight_map: { a: 'weights-a.safetensors', b: 'weights-b.safetensors' } };
    await writeFile(inFolder('from', 'model.safetensors.index.json'), JSON.stringify(index));
    const own = ['config.json', 'weights-a.safetensors', 'weights-b.safetensors'];
    const found = await copied([...own, 'ema.safetensors', 'manifest.json']);
    expect(found).toEqual([
      'config.json',
      'model.safetensors.index.json',
      'weights-a.safetensors',
      'weights-b.safetensors',
    ]);
  });

  it("takes files that are links, as in the Hub's cache", async () => {
    await writeFile(inFolder('blob'), 'weights');
    await symlink('../blob', inFolder('from', 'model.safetensors'));
    expect(await copied([])).toEqual(['model.safetensors']);
    expect(await readFile(inFolder('to', 'model.safetensors'), 'utf8')).toBe('weights');
  });

  it('takes of a checkpoint that one file, and what goes with any model', async () => {
    const names = ['last.ckpt', 'best.ckpt', 'config.json', 'tokenizer.json', 'notes.txt', 'LICENSE'];
    const found = await copied(names, inFolder('from', 'best.ckpt'));
    expect(found).toEqual(['LICENSE', 'best.ckpt', 'config.json', 'tokenizer.json']);
  });
});
