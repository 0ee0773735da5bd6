import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TensorLayout } from '../safetensors/format';
import { append } from './append';
import { byteLength, fileStart } from '../safetensors/write';

/**
 * Writes a safetensors file tensor by tensor, so that one is in memory at a time, and flushes it.
 * @param tensors what it will hold
 * @param bytesOf the numbers of each, asked for in the order of the file
 * @throws Error if they are not as many as their layout means
 */
export async function writeWeightsFile(
  path: string,
  tensors: Readonly<Record<string, TensorLayout>>,
  metadata: Readonly<Record<string, string>>,
  bytesOf: (name: string) => Promise<Uint8Array>,
): Promise<void> {
  const { start, names } = fileStart(tensors, metadata);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx');
  try {
    await append(file, start);
    for (const name of names) {
      const bytes = await bytesOf(name);
      if (bytes.byteLength !== byteLength(tensors[name]!))
        throw new Error(`${name} has ${bytes.byteLength} bytes where its layout means ${byteLength(tensors[name]!)}.`);
      await append(file, bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
