import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors';
import { type NativePaths, libraryNames } from './locations';
import { unzip } from './zip';

/** Where a file of a wheel belongs; nothing for the many that are not needed. */
function placeOf(name: string, { home, libraries }: NativePaths): string | undefined {
  const library = libraryNames().find((file) => name === `tensorflow/${file}`);
  if (library) return join(libraries, library);
  // What is named upwards would lie elsewhere; folders have entries of their own where the archive was packed anew.
  if (name.split('/').includes('..') || name.endsWith('/')) return undefined;
  const cuda =
    /^nvidia\/\w+\/lib\/[^/]+\.so[.\d]*$/.test(name) || /^nvidia\/cuda_nvcc\/(?:bin|nvvm\/libdevice)\//.test(name);
  return cuda ? join(home, name) : undefined;
}

/** Passes bytes on through a hash. */
async function* hashed(source: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

/**
 * Unpacks the libraries of a wheel that arrives as a stream. What it wrote is to be thrown away if it throws.
 * @param expected sha256 in hex; nothing accepts any
 * @returns the wheel's sha256
 * @throws InputError if the content is not that of the hash
 */
export async function unpackWheel(
  name: string,
  source: AsyncIterable<Uint8Array>,
  paths: NativePaths,
  expected: string | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const written = await unzip(hashed(source, hash), (entry) => placeOf(entry, paths));
  const sha256 = hash.digest('hex');
  if (expected && sha256 !== expected)
    throw new InputError(
      `${name} has the sha256 ${sha256} instead of ${expected}: the download is damaged or not the real one, and nothing was installed.`,
    );
  for (const file of written) if (file.includes('/bin/')) await chmod(join(paths.home, file), 0o755);
  return sha256;
}
