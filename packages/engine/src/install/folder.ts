import { constants, existsSync, readdirSync } from 'node:fs';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors';
import { type NativePaths, libraryNames } from './locations';

/** Names under which a folder may hold each library: the wheel's, and those of TensorFlow's release for C. */
const namesOf = (library: string): string[] => [library, library.replace('_cc', '')];

/** Whether a folder holds both libraries. */
const holdsLibraries = (folder: string): boolean =>
  libraryNames().every((library) => namesOf(library).some((name) => existsSync(join(folder, name))));

/** The folder of the libraries, given it, a TensorFlow package, or the folder of packages that holds one. */
function findLibraries(from: string): string | undefined {
  return [from, join(from, 'tensorflow'), join(from, 'lib')].find(holdsLibraries);
}

/**
 * Copies the libraries of an unpacked TensorFlow, and CUDA's where they lie beside it.
 * @throws InputError if the folder holds no libraries
 */
export async function copyLibraries(from: string, paths: NativePaths, gpu: boolean): Promise<void> {
  const folder = findLibraries(from);
  if (!folder)
    throw new InputError(
      `${from} holds no ${libraryNames().join(' and ')}: give the folder of an installed TensorFlow, a wheel, or a folder with the two libraries.`,
    );
  await mkdir(paths.libraries, { recursive: true });
  for (const library of libraryNames()) {
    const source = namesOf(library)
      .map((name) => join(folder, name))
      .find(existsSync)!;
    await copyFile(source, join(paths.libraries, library), constants.COPYFILE_FICLONE);
  }
  const cuda = join(dirname(folder), 'nvidia');
  if (gpu && existsSync(cuda))
    for (const part of readdirSync(cuda)) await cp(join(cuda, part), join(paths.cuda, part), { recursive: true });
}
