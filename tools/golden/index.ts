import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A golden array: float64 and float32 files become `Float64Array`, integers `Int32Array`. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array | Int32Array;
}

/** One case of the reference implementations' numbers. */
export interface GoldenCase {
  readonly name: string;
  readonly params: Readonly<Record<string, never>>;
  readonly tolerance: Readonly<Record<string, number>>;
  /** Names of the case's tensors. */
  readonly names: readonly string[];
  /** The tensor `name`; throws if the case has none. */
  tensor(name: string): GoldenTensor;
  /** Its values, as float64. */
  numbers(name: string): Float64Array;
  /** Its values, as int32. */
  ints(name: string): Int32Array;
}

/** The folder that holds the golden data: `GOLDEN_DIR`, or the repository's copy. */
export const goldenFolder = process.env['GOLDEN_DIR'] ?? join(__dirname, '../../golden');

interface ManifestCase {
  name: string;
  file: string;
  tensors: Record<string, { shape: number[]; dtype: string }>;
  params: Record<string, never>;
  tolerance: Record<string, number>;
}

let manifest: { config: Record<string, number>; cases: ManifestCase[] } | undefined;
const readManifest = () => (manifest ??= JSON.parse(readFileSync(join(goldenFolder, 'manifest.json'), 'utf8')) as NonNullable<typeof manifest>);

interface Header {
  [key: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
}
const files = new Map<string, { header: Header; data: Buffer }>();

/** A reading of safetensors of its own, so that golden tests do not lean on the reader that they test. */
function readFile(file: string) {
  let found = files.get(file);
  if (!found) {
    const bytes = readFileSync(join(goldenFolder, file));
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    found = { header: JSON.parse(bytes.toString('utf8', 8, end)) as Header, data: bytes.subarray(end) };
    files.set(file, found);
  }
  return found;
}

function decode(dtype: string, bytes: Buffer): Float64Array | Int32Array {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return Float64Array.from(new Float32Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'I64':
      return Int32Array.from(new BigInt64Array(buffer), Number);
    default:
      throw new Error(`golden data of type ${dtype} is not expected`);
  }
}

/** The case `name`. Throws if the set has none. */
export function golden(name: string): GoldenCase {
  const found = readManifest().cases.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`${goldenFolder} holds no case ${name}`);
  const tensor = (key: string): GoldenTensor => {
    const { header, data } = readFile(found.file);
    const entry = header[`${name}/${key}`];
    if (!entry) throw new Error(`case ${name} has no tensor ${key}; it has ${Object.keys(found.tensors).join(', ')}`);
    return { shape: entry.shape, values: decode(entry.dtype, data.subarray(...entry.data_offsets)) };
  };
  return {
    name,
    params: found.params,
    tolerance: found.tolerance,
    names: Object.keys(found.tensors),
    tensor,
    numbers: (key) => Float64Array.from(tensor(key).values),
    ints: (key) => Int32Array.from(tensor(key).values),
  };
}

/** The names of all cases that begin with `prefix`, so that other sets of the same structure run through the tests. */
export function goldenNames(prefix: string): string[] {
  return readManifest()
    .cases.map(({ name }) => name)
    .filter((name) => name.startsWith(prefix));
}

/** A block of tests for each of the cases `names`; a skipped one if there are none, as sets may leave optional cases out. */
export function describeOptional(names: readonly string[], tests: (name: string) => void): void {
  if (names.length) describe.each(names)('%s', tests);
  else describe.skip('an optional case that this set leaves out', () => it('has no numbers', () => undefined));
}

/** The set's own sizes: hidden, blocks, heads, cond, vocab, length, batch. */
export function goldenConfig(): Readonly<Record<string, number>> {
  return readManifest().config;
}

/** Whether a set is at hand at all. */
export const hasGolden = (): boolean => existsSync(join(goldenFolder, 'manifest.json'));
