import { DTYPE_BITS, type SafetensorsEntry, type SafetensorsFile } from './format';

const DTYPES = Object.keys(DTYPE_BITS);

/** By type, wider ones first, so that all data is aligned; then by name. The order of the Python library. */
function inFileOrder(a: readonly [string, SafetensorsEntry], b: readonly [string, SafetensorsEntry]): number {
  return DTYPES.indexOf(a[1].dtype) - DTYPES.indexOf(b[1].dtype) || (a[0] < b[0] ? -1 : 1);
}

/** A safetensors file, laid out byte for byte as the Python library lays it out. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const entries = Object.entries(tensors).sort(inFileOrder);
  // Joined by hand: an object would move names that are whole numbers to its front, and lose `__proto__`.
  const fields = Object.keys(metadata).length ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of entries) {
    const range = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(range)}`);
    end += bytes.byteLength;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const start = 8 + Math.ceil(text.byteLength / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const [, { bytes }] of entries) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}
