import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { inPieces, sha256, zipOf } from '../../test/archives';
import { libraryNames, pathsIn } from './locations';
import { unpackWheel } from './wheel';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-wheel-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Unpacks a wheel of these names, each file holding its name; gives the files below the folder, with where they should not be. */
async function unpacked(names: readonly string[], expected?: string): Promise<string[]> {
  const archive = zipOf(Object.fromEntries(names.map((name) => [name, name.endsWith('/') ? '' : name])));
  const home = join(folder, 'a', 'b', 'home');
  await unpackWheel('own.whl', inPieces(archive, 100), pathsIn(home), expected);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .sort();
}

it.each([
  ['nvidia/cublas/lib/libcublas.so.12', true],
  ['nvidia/cublas/lib/libcublasLt.so', true],
  ['nvidia/cuda_nvcc/bin/ptxas', true],
  ['nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc', true],
  ['nvidia/cublas/include/cublas.h', false],
  ['nvidia/cublas/lib/__init__.py', false],
  ['nvidia/cublas/lib/deep/libother.so', false],
  ['nvidia/cuda_nvcc/nvvm/bin/cicc', false],
  ['other/nvidia/cublas/lib/libcublas.so.12', false],
  ['tensorflow/python/libother.so.2', false],
  // Folders that have entries of their own.
  ['nvidia/cuda_nvcc/bin/', false],
  ['nvidia/cuda_nvcc/nvvm/libdevice/', false],
])('of a wheel %s is kept: %s', async (name, isKept) => {
  expect(await unpacked([name])).toEqual(isKept ? [name] : []);
});

it('puts the libraries side by side, and lets the compiler of CUDA be run', async () => {
  const names = libraryNames().map((name) => `tensorflow/${name}`);
  expect(await unpacked([...names, 'nvidia/cuda_nvcc/bin/ptxas', 'nvidia/cudnn/lib/libcudnn.so.9'])).toEqual(
    [
      ...libraryNames().map((name) => `lib/${name}`),
      'nvidia/cuda_nvcc/bin/ptxas',
      'nvidia/cudnn/lib/libcudnn.so.9',
    ].sort(),
  );
  const { home, library, cuda } = pathsIn(join(folder, 'a', 'b', 'home'));
  expect(readFileSync(library, 'utf8')).toBe(names[1]);
  const modeOf = (path: string) => statSync(join(home, path)).mode & 0o111;
  expect(modeOf('nvidia/cuda_nvcc/bin/ptxas')).toBe(0o111);
  expect(modeOf('nvidia/cudnn/lib/libcudnn.so.9')).toBe(0);
  expect(existsSync(cuda)).toBe(true);
});

it('writes nothing outside its folder, whatever the names are', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('..', '.', '', 'nvidia', 'cuda_nvcc', 'bin', 'lib', 'tensorflow', 'x.so'), {
        minLength: 1,
      }),
      fc.constantFrom('', '/', 'nvidia/cuda_nvcc/bin/'),
      async (parts, start) => {
        rmSync(join(folder, 'a'), { recursive: true, force: true });
        for (const file of await unpacked([start + parts.join('/')])) expect(file).toMatch(/^(?:nvidia|lib)\//);
      },
    ),
    { numRuns: 60 },
  ));

it('is told apart by its hash, which covers what is not kept too', async () => {
  const [archive, paths] = [zipOf({ 'a.py': 'rest' }), pathsIn(folder)];
  const take = (expected?: string) => unpackWheel('own.whl', inPieces(archive, 9), paths, expected);
  expect(await take()).toBe(sha256(archive));
  expect(await take(sha256(archive))).toBe(sha256(archive));
  const other = 'ab'.repeat(32);
  await expect(take(other)).rejects.toThrow(
    `own.whl has the sha256 ${sha256(archive)} instead of ${other}: the download is damaged or not the real one, and nothing was installed.`,
  );
});
