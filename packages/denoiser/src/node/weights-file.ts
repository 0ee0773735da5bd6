import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '@idlm/core-diffusion';
import type { SafetensorsEntry, SafetensorsHeader } from '../safetensors/format';
import { headerEnd, parseHeader } from '../safetensors/header';
import { SIGNATURE_BYTES } from '../safetensors/other-formats';
import { unreadable } from './read-file';

/** A safetensors file of which only the header was read. */
export interface WeightsFile extends SafetensorsHeader {
  readonly path: string;
  /** A tensor, in a buffer of its own. @throws InputError if the file has become shorter */
  read(name: string): Promise<SafetensorsEntry>;
  close(): Promise<void>;
}

/** Bytes `from` … `to` − 1 of a file, in a buffer of their own. */
async function readRange(file: FileHandle, from: number, to: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
    if (!bytesRead) throw new InputError(`${path} ends at byte ${from + done}, before its data does; fetch it again.`);
    done += bytesRead;
  }
  return bytes;
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
