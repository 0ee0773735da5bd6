import { open } from 'node:fs/promises';
import type { SafetensorsEntry, SafetensorsHeader } from '../safetensors/format';
import { headerEnd, parseHeader } from '../safetensors/header';
import { SIGNATURE_BYTES } from '../safetensors/other-formats';
import { unreadable } from './read-file';
import { readRange } from './read-range';

/** A safetensors file of which only the header was read. */
export interface WeightsFile extends SafetensorsHeader {
  readonly path: string;
  /** A tensor, in a buffer of its own. @throws InputError if the file has become shorter */
  read(name: string): Promise<SafetensorsEntry>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file, so that its tensors can be read one at a time: a model is in memory once.
 * @throws InputError if it cannot be read, or is no valid safetensors file
 */
export async function openWeightsFile(path: string): Promise<WeightsFile> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const { size } = await file.stat();
    const start = await readRange(file, 0, Math.min(size, SIGNATURE_BYTES), path);
    const header = parseHeader(await readRange(file, 0, headerEnd(start, size, path), path), size, path);
    return {
      ...header,
      path,
      async read(name) {
        const { dtype, shape, from, to } = header.tensors[name]!;
        return { dtype, shape, bytes: await readRange(file, from, to, path) };
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw (error as NodeJS.ErrnoException).code ? unreadable(path, error) : error;
  }
}
