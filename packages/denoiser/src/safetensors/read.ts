import type { SafetensorsEntry, SafetensorsFile } from './format';
import { parseHeader } from './header';

/**
 * Reads a safetensors file without copying its data; every rule of the format is enforced.
 * @param what the file in messages
 * @throws InputError saying what is wrong with it
 * Source: the safetensors format specification.
 */
export function readSafetensors(bytes: Uint8Array, what = 'This data'): SafetensorsFile {
  const { tensors, metadata } = parseHeader(bytes, bytes.byteLength, what);
  const entries = Object.entries(tensors).map(([name, { dtype, shape, from, to }]): [string, SafetensorsEntry] => [
    name,
    { dtype, shape, bytes: bytes.subarray(from, to) },
  ]);
  return { tensors: Object.fromEntries(entries), metadata };
}
