import { InputError, jsonFault, parseJson } from '../errors';

/** How the pointers begin that Git LFS puts in the place of large files. */
const POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * The object that a JSON text holds; a byte-order mark before it is passed over.
 * @param path where it is from, for messages
 * @throws InputError if it is a Git LFS pointer, no JSON, or no object
 */
export function jsonObject(text: string, path: string): Record<string, unknown> {
  if (text.startsWith(POINTER)) throw new InputError(`${path} is a Git LFS pointer, not the file; run git lfs pull.`);
  let value: unknown;
  try {
    value = parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InputError(`${path} ${jsonFault(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${path} holds no JSON object.`);
  return value as Record<string, unknown>;
}
