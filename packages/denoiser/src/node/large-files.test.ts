import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFloat32 } from '../safetensors/numbers';
import { fileStart } from '../safetensors/write';
import { openWeights } from './open-weights';

const GIB = 2 ** 30;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'large-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads tensors that lie behind 2 and 4 GiB of a file', async () => {
  const layouts = {
    a: { dtype: 'F32', shape: [GIB / 2 + 8] },
    b: { dtype: 'F32', shape: [2, 2] },
    c: { dtype: 'F32', shape: [GIB / 2 + 8] },
    d: { dtype: 'F32', shape: [3] },
  } as const;
  const { start, size } = fileStart(layouts, {});
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.write(start);
    // A hole of the file takes no space on the disk.
    await file.truncate(size);
    await file.write(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer), 0, 16, start.length + 2 * GIB + 32);
    await file.write(new Uint8Array(Float32Array.of(5, 6, 7).buffer), 0, 12, size - 12);
  } finally {
    await file.close();
  }
  expect(size).toBeGreaterThan(4 * GIB);
  const source = await openWeights(folder);
  try {
    expect(Array.from(toFloat32(await source.read('b')))).toEqual([1, 2, 3, 4]);
    expect(Array.from(toFloat32(await source.read('d')))).toEqual([5, 6, 7]);
  } finally {
    await source.close();
  }
});
