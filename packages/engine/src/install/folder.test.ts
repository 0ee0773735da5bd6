import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyLibraries } from './folder';
import { libraryNames, pathsIn } from './locations';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'idlm-folder-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const [framework, main] = libraryNames();
/** Writes files, each holding its own name, below `given`. */
function give(...names: string[]): string {
  for (const name of names) {
    mkdirSync(join(folder, 'given', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'given', name), name);
  }
  return join(folder, 'given');
}
const paths = () => pathsIn(join(folder, 'home'));
const kept = (name: string) => readFileSync(join(paths().libraries, name), 'utf8');

it.each(['', 'tensorflow/', 'lib/'])('copies both libraries from "%s" of a folder', async (below) => {
  await copyLibraries(give(below + framework, below + main), paths(), false);
  expect([kept(framework), kept(main)]).toEqual([below + framework, below + main]);
});

it("takes TensorFlow's release for C, under the name that is loaded", async () => {
  const released = main.replace('_cc', '');
  await copyLibraries(give(`lib/${framework}`, `lib/${released}`), paths(), false);
  expect(kept(main)).toBe(`lib/${released}`);
});

it('prefers what the folder itself holds to what lies below it', async () => {
  await copyLibraries(give(framework, main, `lib/${framework}`, `lib/${main}`), paths(), false);
  expect(kept(main)).toBe(main);
});

it.each([
  ['nothing', []],
  ['one library', [main]],
  ['one here and one there', [framework, `lib/${main}`]],
])('refuses a folder that holds %s, and makes none', async (_, names) => {
  const from = give('other.txt', ...names);
  await expect(copyLibraries(from, paths(), false)).rejects.toThrow(
    `${from} holds no ${framework} and ${main}: give the folder of an installed TensorFlow, a wheel, or a folder with the two libraries.`,
  );
  expect(existsSync(paths().home)).toBe(false);
});

it('copies CUDA from beside the package, whole, where a GPU is asked for', async () => {
  const cuda = ['nvidia/cublas/lib/libcublas.so.12', 'nvidia/cuda_nvcc/bin/ptxas'];
  const from = give(`tensorflow/${framework}`, `tensorflow/${main}`, ...cuda);
  await copyLibraries(from, paths(), false);
  expect(existsSync(paths().cuda)).toBe(false);
  await copyLibraries(from, paths(), true);
  for (const file of cuda) expect(readFileSync(join(paths().home, file), 'utf8')).toBe(file);
});

it('goes without CUDA where there is none', async () => {
  await copyLibraries(give(framework, main), paths(), true);
  expect(existsSync(paths().cuda)).toBe(false);
});
