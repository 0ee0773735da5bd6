import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';

/** Names of the shared library, without those of other parts of the package. */
const LIBRARY = /^(lib)?onnxruntime(\.so\.[\d.]+|(\.[\d.]+)?\.dylib|\.dll)$/;

/** Folder of the npm package onnxruntime-node as seen from a file or folder; undefined where there is none. */
function packageSeenFrom(place: string): string | undefined {
  try {
    return dirname(createRequire(place).resolve('onnxruntime-node/package.json'));
  } catch {
    return undefined;
  }
}

/** The library of this machine in a folder of the package. */
function libraryIn(folder: string): string | undefined {
  const builds = join(folder, 'bin');
  for (const build of existsSync(builds) ? readdirSync(builds) : []) {
    const own = join(builds, build, process.platform, process.arch);
    const name = existsSync(own) ? readdirSync(own).find((file) => LIBRARY.test(file)) : undefined;
    if (name) return join(own, name);
  }
  return undefined;
}

/**
 * The shared library of ONNX Runtime, as the npm package onnxruntime-node brings it, where this package finds that: never by the folder
 * of the process, which may be somebody else's. Nothing of that package is run.
 * @returns undefined where it is not installed, or not for this machine
 */
export function findOnnxLibrary(): string | undefined {
  const folder = packageSeenFrom(import.meta.url);
  return folder === undefined ? undefined : libraryIn(folder);
}

/** @throws InputError where it is not installed, saying how to */
export function requireOnnxLibrary(): string {
  const found = findOnnxLibrary();
  if (found) return found;
  throw new InputError(
    `ONNX Runtime is not installed for ${process.platform} on ${process.arch}: npm install --ignore-scripts onnxruntime-node brings it.`,
  );
}
