import { InputError } from '@idlm/core-diffusion';
import { duplicateKey } from './duplicate-key';
import { DTYPE_SIZES, MAX_HEADER, type SafetensorsDtype, type SafetensorsEntry, type SafetensorsFile } from './format';

const refuse = (what: string, problem: string): never => {
  throw new InputError(
    `${what} is no valid safetensors file: ${problem}. It may be truncated or altered; fetch or save it again.`,
  );
};

/** The header as JSON, and where the data begins. */
function readHeader(bytes: Uint8Array, what: string): { header: Record<string, unknown>; start: number } {
  if (bytes.byteLength < 8) refuse(what, `it has ${bytes.byteLength} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || length > BigInt(bytes.byteLength - 8))
    refuse(what, `its header claims ${length} bytes`);
  const start = 8 + Number(length);
  if (bytes[8] !== 0x7b) refuse(what, 'its header does not begin with "{"');
  let twice: string | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start));
    const header: unknown = JSON.parse(text);
    twice = duplicateKey(text);
    if (twice === undefined && typeof header === 'object' && header !== null && !Array.isArray(header))
      return { header: header as Record<string, unknown>, start };
  } catch {
    // Falls through to the one refusal below.
  }
  return refuse(what, twice === undefined ? 'its header is no JSON object' : `its header has the key ${twice} twice`);
}

interface Range {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** One entry of the header, with its shape checked against its range of bytes. */
function readEntry(name: string, value: unknown, what: string): Range {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!(typeof dtype === 'string' && Object.hasOwn(DTYPE_SIZES, dtype)))
    refuse(what, `tensor ${name} has the unknown type ${String(dtype)}`);
  if (!(Array.isArray(shape) && shape.every(isCount))) refuse(what, `tensor ${name} has no valid shape`);
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount)))
    refuse(what, `tensor ${name} has no valid offsets`);
  const [from, to] = offsets as [number, number];
  const size = (shape as number[]).reduce((a, b) => a * b, 1) * DTYPE_SIZES[dtype as SafetensorsDtype];
  if (size !== to - from) refuse(what, `tensor ${name} needs ${size} bytes and has ${to - from}`);
  return { name, dtype: dtype as SafetensorsDtype, shape: shape as number[], from, to };
}

function readMetadata(value: unknown, what: string): Record<string, string> {
  if (value === undefined) return {};
  const valid =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string');
  return valid ? (value as Record<string, string>) : refuse(what, 'its metadata is not text');
}

/** The format allows no holes, overlaps or rest: ranges follow one another and cover the data. */
function checkCoverage(ranges: readonly Range[], total: number, what: string): void {
  let end = 0;
  for (const { name, from, to } of [...ranges].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) refuse(what, `the data of tensor ${name} begins at ${from} and not at ${end}`);
    end = to;
  }
  if (end !== total) refuse(what, `its tensors cover ${end} of ${total} bytes of data`);
}

/**
 * Reads a safetensors file without copying its data; every rule of the format is enforced, so that a file has one
 * reading only and none allocates more than it holds.
 * @param what the file in messages
 * @throws InputError saying what is wrong with it
 * Source: the safetensors format specification.
 */
export function readSafetensors(bytes: Uint8Array, what = 'This data'): SafetensorsFile {
  const { header, start } = readHeader(bytes, what);
  const { __metadata__: metadata, ...entries } = header;
  const ranges = Object.entries(entries).map(([name, value]) => readEntry(name, value, what));
  checkCoverage(ranges, bytes.byteLength - start, what);
  const tensors = ranges.map(({ name, dtype, shape, from, to }): [string, SafetensorsEntry] => [
    name,
    { dtype, shape, bytes: bytes.subarray(start + from, start + to) },
  ]);
  return { tensors: Object.fromEntries(tensors), metadata: readMetadata(metadata, what) };
}
