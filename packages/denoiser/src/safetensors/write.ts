import { DTYPE_BITS, type SafetensorsFile, type TensorLayout } from './format';

const DTYPES = Object.keys(DTYPE_BITS);

/** A tensor that is to be written. */
type Named = readonly [name: string, layout: TensorLayout];

/** By type, wider ones first, so that all data is aligned; then by name. The order of the Python library. */
function inFileOrder(a: Named, b: Named): number {
  return DTYPES.indexOf(a[1].dtype) - DTYPES.indexOf(b[1].dtype) || (a[0] < b[0] ? -1 : 1);
}

/** Bytes of a tensor's numbers. */
export const byteLength = ({ dtype, shape }: TensorLayout): number =>
  (shape.reduce((a, b) => a * b, 1) * DTYPE_BITS[dtype]) / 8;

/** The beginning of a file that is to be written. */
export interface FileStart {
  /** All bytes before the data. */
  readonly start: Uint8Array;
  /** Tensors in the order of their data, which follow one another without a gap. */
  readonly names: readonly string[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/** What stands before the data of a file, laid out byte for byte as the Python library lays it out. */
export function fileStart(
  tensors: Readonly<Record<string, TensorLayout>>,
  metadata: SafetensorsFile['metadata'],
): FileStart {
  const entries = Object.entries(tensors).sort(inFileOrder);
  // Joined by hand: an object would move names that are whole numbers to its front, and lose `__proto__`.
  const fields = Object.keys(metadata).length ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let end = 0;
  for (const [name, layout] of entries) {
    const { dtype, shape } = layout;
    const from = end;
    end += byteLength(layout);
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [from, end] })}`);
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const start = new Uint8Array(8 + Math.ceil(text.byteLength / 8) * 8).fill(0x20, 8);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.byteLength - 8), true);
  start.set(text, 8);
  return { start, names: entries.map(([name]) => name), size: start.byteLength + end };
}

/** A file without its data, and the place for each tensor's in the order of the file. */
function withPlaces(
  tensors: Readonly<Record<string, TensorLayout>>,
  metadata: SafetensorsFile['metadata'],
): { readonly file: Uint8Array; readonly places: readonly (readonly [name: string, place: Uint8Array])[] } {
  const { start, names, size } = fileStart(tensors, metadata);
  const file = new Uint8Array(size);
  file.set(start);
  const byName = new Map(Object.entries(tensors));
  let end = start.byteLength;
  const places = names.map((name) => [name, file.subarray(end, (end += byteLength(byName.get(name)!)))] as const);
  return { file, places };
}

/**
 * A safetensors file, laid out byte for byte as the Python library lays it out: wider types first, then by name.
 * @param tensors by name, each with little-endian bytes of its shape and type
 * @param metadata texts by name; none are written where it is empty
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const { file, places } = withPlaces(tensors, metadata);
  const byName = new Map(Object.entries(tensors));
  for (const [name, place] of places) place.set(byName.get(name)!.bytes);
  return file;
}

/**
 * The same of tensors whose numbers come one after another, so that beside the file no more than one of them is in memory.
 * @param tensors what the file will hold
 * @param bytesOf the numbers of each, asked for in the order of the file
 */
export async function gatherSafetensors(
  tensors: Readonly<Record<string, TensorLayout>>,
  metadata: SafetensorsFile['metadata'],
  bytesOf: (name: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const { file, places } = withPlaces(tensors, metadata);
  for (const [name, place] of places) place.set(await bytesOf(name));
  return file;
}
