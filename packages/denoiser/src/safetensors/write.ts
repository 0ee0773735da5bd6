import { DTYPE_SIZES, type SafetensorsEntry, type SafetensorsFile } from './format';

/** Wider types first, so that all data is aligned; then by name. The order of the Python library. */
function inFileOrder(a: readonly [string, SafetensorsEntry], b: readonly [string, SafetensorsEntry]): number {
  return DTYPE_SIZES[b[1].dtype] - DTYPE_SIZES[a[1].dtype] || (a[0] < b[0] ? -1 : 1);
}

/** A safetensors file, laid out byte for byte as the Python library lays it out. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const entries = Object.entries(tensors).sort(inFileOrder);
  const header: Record<string, unknown> = Object.keys(metadata).length ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of entries) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
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
