import type { SafetensorsEntry, SafetensorsFile } from './format';
import { parseHeader } from './header';

/**
 * Reads a safetensors file without copying its data; every rule of the format is enforced.
 * @param what the file in messages
 * @throws InputError saying what is wrong with it
 * Source: the safetensors format specification.
 * @example
 * ```ts
 * import { readSafetensors, toFloat32, writeSafetensors } from '@idlm/denoiser';
 *
 * const bytes = new Uint8Array(Float32Array.of(1, -2.5).buffer);
 * const file = writeSafetensors({ tensors: { bias: { dtype: 'F32', shape: [2], bytes } }, metadata: { format: 'pt' } });
 * const { tensors, metadata } = readSafetensors(file);
 * const bias = tensors['bias']!;
 * console.log(bias.shape, toFloat32(bias), metadata['format']); // → [ 2 ] Float32Array(2) [ 1, -2.5 ] pt
 * ```
 */
export function readSafetensors(bytes: Uint8Array, what = 'This data'): SafetensorsFile {
  const { tensors, metadata } = parseHeader(bytes, bytes.byteLength, what);
  const entries = Object.entries(tensors).map(([name, { dtype, shape, from, to }]): [string, SafetensorsEntry] => [
    name,
    { dtype, shape, bytes: bytes.subarray(from, to) },
  ]);
  return { tensors: Object.fromEntries(entries), metadata };
}
