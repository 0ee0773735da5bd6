import { InputError, jsonFault, parseJson } from '@idlm/core-diffusion';
import { duplicateKey } from './duplicate-key';
import { DTYPE_BITS, MAX_HEADER, type SafetensorsDtype, type SafetensorsHeader, type TensorPlace } from './format';
import { otherFormat } from './other-formats';

const refuse = (what: string, problem: string): never => {
  throw new InputError(
    `${what} is no valid safetensors file: ${problem}. It may be truncated or altered; fetch or save it again.`,
  );
};

/** Refuses a file whose first bytes are not those of a header: as what it is, where that can be told. */
function refuseStart(bytes: Uint8Array, what: string, problem: string): never {
  const other = otherFormat(bytes);
  if (other) throw new InputError(`${what} ${other}.`);
  return refuse(what, problem);
}

/** The header's object. */
function parseObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let twice: string | undefined;
  let fault = 'is no JSON object';
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const header = parseJson(text);
    twice = duplicateKey(text);
    if (twice === undefined && typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch (error) {
    fault = jsonFault(error, fault);
  }
  return refuse(what, twice === undefined ? `its header ${fault}` : `its header has the key ${twice} twice`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** A tensor with its shape checked against its range of bytes, which counts from the beginning of the data. */
function readPlace(name: string, value: unknown, what: string): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!(typeof dtype === 'string' && Object.hasOwn(DTYPE_BITS, dtype)))
    refuse(what, `tensor ${name} has the type ${String(dtype)}, which the format does not have`);
  if (!(Array.isArray(shape) && shape.every(isCount))) refuse(what, `tensor ${name} has no valid shape`);
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount)))
    refuse(what, `tensor ${name} has no valid offsets`);
  const [from, to] = offsets as [number, number];
  const size = ((shape as number[]).reduce((a, b) => a * b, 1) * DTYPE_BITS[dtype as SafetensorsDtype]) / 8;
  if (size !== to - from) refuse(what, `tensor ${name} needs ${size} bytes and has ${to - from}`);
  return { dtype: dtype as SafetensorsDtype, shape: shape as number[], from, to };
}

/** Texts by name; Python writes `null` for none. */
function readMetadata(value: unknown, what: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new InputError(`${what} has a __metadata__ that is no object of texts; save it again with one.`);
  const wrong = Object.entries(value).find(([, text]) => typeof text !== 'string');
  if (wrong)
    throw new InputError(
      `${what} has ${JSON.stringify(wrong[1])} as ${wrong[0]} in its __metadata__, whose values must be texts; save it again with texts.`,
    );
  return value as Record<string, string>;
}

/** The format allows no holes, overlaps or rest: ranges follow one another and cover the data. */
function checkCoverage(places: readonly (readonly [string, TensorPlace])[], total: number, what: string): void {
  let end = 0;
  for (const [name, { from, to }] of [...places].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end) refuse(what, `the data of tensor ${name} begins at ${from} and not at ${end}`);
    end = to;
  }
  if (end !== total) refuse(what, `its tensors cover ${end} of ${total} bytes of data`);
}

/**
 * Where a file's header ends and its data begins.
 * @param bytes the file's beginning
 * @param size bytes of the whole file
 * @throws InputError if it cannot be a safetensors file, saying what it is instead where its beginning tells
 */
export function headerEnd(bytes: Uint8Array, size: number, what: string): number {
  if (size < 8) refuseStart(bytes, what, `it has ${size} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || length > BigInt(size - 8))
    refuseStart(bytes, what, `its header claims ${length} bytes`);
  if (bytes[8] !== 0x7b) refuseStart(bytes, what, 'its header does not begin with "{"');
  return 8 + Number(length);
}

/**
 * The header of a file; every rule of the format is enforced, so that a file has one reading only and none allocates more than
 * it holds.
 * @param bytes the file, at least up to `headerEnd`
 * @param size bytes of the whole file
 * @param what the file in messages
 * @throws InputError saying what is wrong with it
 * Source: the safetensors format specification.
 */
export function parseHeader(bytes: Uint8Array, size: number, what: string): SafetensorsHeader {
  const start = headerEnd(bytes, size, what);
  const { __metadata__: metadata, ...entries } = parseObject(bytes.subarray(8, start), what);
  const places = Object.entries(entries).map(([name, value]) => [name, readPlace(name, value, what)] as const);
  checkCoverage(places, size - start, what);
  const tensors = places.map(([name, { from, to, ...layout }]): [string, TensorPlace] => [
    name,
    { ...layout, from: start + from, to: start + to },
  ]);
  return { tensors: Object.fromEntries(tensors), metadata: readMetadata(metadata, what) };
}
