import { readFile } from 'node:fs/promises';
import { InputError, jsonFault, parseJson } from '@idlm/core-diffusion';
import { otherFormat } from '../safetensors/other-formats';

/** What is said of a file of a model folder that cannot be opened or read. */
export function unreadable(path: string, error: unknown): InputError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new InputError(
    `${path} ${missing ? 'does not exist' : `cannot be read (${(error as Error).message})`}; name a folder with config.json and model.safetensors.`,
    { cause: error },
  );
}

/**
 * The value of a JSON file; a byte-order mark before it is passed over.
 * @throws InputError if it cannot be read or is no JSON, saying what it is instead where its beginning tells
 */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    // A TextDecoder drops the mark, `toString` keeps it.
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InputError(`${path} ${otherFormat(bytes) ?? jsonFault(error)}.`);
  }
}
