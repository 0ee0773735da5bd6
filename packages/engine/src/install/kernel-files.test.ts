import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tgzOf } from '../../test/archives';
import { fetchKernels, unpackKernels } from './kernel-files';
import { filesOfTar } from './tar';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-kernels-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const archive = tgzOf({
  'package/package.json': '{}',
  'package/dist/nodejs_kernel_backend.js': 'exports.NodeJSKernelBackend = class {};',
  'package/dist/kernels/Add.js': 'add',
  'package/dist/kernels/Add.d.ts': 'types',
  'package/dist/kernels/Add_test.js': 'test',
  'package/scripts/install.js': 'never',
});
const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;

it('reads the files of a tar archive with their content', () => {
  const files = [...filesOfTar(gunzipSync(archive))];
  expect(files.map(({ name }) => name)).toContain('package/dist/kernels/Add.js');
  expect(Buffer.from(files[2]!.content).toString()).toBe('add');
});

it('reads names that are split, and passes over what is no plain file', () => {
  const plain = gunzipSync(tgzOf({ 'name.js': 'x', folder: '' }));
  plain.write('a/long/prefix\0', 345);
  plain.write('5', 1024 + 156);
  expect([...filesOfTar(plain)].map(({ name }) => name)).toEqual(['a/long/prefix/name.js']);
});

describe('unpackKernels', () => {
  it('keeps the JavaScript of the kernels alone', async () => {
    await unpackKernels(archive, folder, integrity);
    expect(readFileSync(join(folder, 'kernels', 'Add.js'), 'utf8')).toBe('add');
    expect(existsSync(join(folder, 'nodejs_kernel_backend.js'))).toBe(true);
    for (const file of ['kernels/Add.d.ts', 'kernels/Add_test.js', 'package.json'])
      expect(existsSync(join(folder, file))).toBe(false);
  });

  it('refuses another package than the pinned one', async () => {
    await expect(unpackKernels(archive, folder)).rejects.toThrow('its hash differs');
    expect(existsSync(join(folder, 'kernels'))).toBe(false);
  });
});

it('copies the kernels of a project that has them', async () => {
  await fetchKernels(folder, folder);
  expect(existsSync(join(folder, 'register_all_kernels.js'))).toBe(true);
  expect(existsSync(join(folder, 'kernels', 'BatchMatMul.js'))).toBe(true);
  expect(existsSync(join(folder, 'tensorboard.js'))).toBe(false);
});
