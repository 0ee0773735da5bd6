import { readFile } from 'node:fs/promises';
import { InputError } from '../errors';
import { jsonObject } from './json-object';

/**
 * The object of a JSON file, with or without a byte-order mark; undefined where there is no file.
 * @throws InputError if it is a Git LFS pointer, no JSON, or no object
 */
export async function readJsonFile(path: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new InputError(`${path} cannot be read (${error.message}).`);
  });
  return text === undefined ? undefined : jsonObject(text, path);
}
