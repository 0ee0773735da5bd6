import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countFirstTokens, firstTokenFile, readFirstTokens } from './first-token';
import { savedModel } from './model-files';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'first-token-'))));
afterAll(() => rm(folder, { recursive: true }));

const config = { vocabSize: 4, length: 3, timeConditioned: false };
const model = () => ({ folder, stored: savedModel(folder, { type: 'dit', config }) });

describe('countFirstTokens', () => {
  const train = Int32Array.of(0, 1, 2, 0, 1, 1);
  const begun = Int32Array.of(3, 0, 1, 2, 3, 0, 1, 1);

  it('counts where a window may begin, and the beginnings of padded rows alone', () => {
    expect([...countFirstTokens({ takeTraining: () => ({ train }) }, 3, 4)]).toEqual([2, 1, 1, 0]);
    expect([...countFirstTokens({ takeTraining: () => ({ train, rowLength: 3 }) }, 3, 4)]).toEqual([2, 0, 0, 0]);
    const rows = { takeTraining: () => ({ train: begun, rowLength: 4 }), rowStart: 3 };
    expect([...countFirstTokens(rows, 3, 4)]).toEqual([2, 0, 0, 0]);
  });

  it('comes back from its file, and is refused where it is damaged', async () => {
    const path = join(folder, 'first-token.json');
    expect(await readFirstTokens(model(), 4)).toBeUndefined();
    await writeFile(path, firstTokenFile(Float64Array.of(2, 0, 1, 0)));
    expect(await readFirstTokens(model(), 4)).toEqual(Float64Array.of(2, 0, 1, 0));
    await expect(readFirstTokens(model(), 5)).rejects.toThrow("no counts of the model's 5 tokens");
    await writeFile(path, '{');
    await expect(readFirstTokens(model(), 4)).rejects.toThrow('no counts');
  });
});
