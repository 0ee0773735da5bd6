import { type EngineName, type EngineOptions, describeEngine, findNative, openEngine } from '@idlm/engine';
import { verifyNative } from '@idlm/engine/install';
import * as tf from '@tensorflow/tfjs-core';
import { type Finding, finding } from './finding';

/** Rows and columns of the matrices that are multiplied. */
const SIZE = 64;

/** Throws unless the open engine multiplies two matrices of whole numbers, whose product float32 holds exactly. */
async function requireRightProduct(): Promise<void> {
  const rows = Array.from({ length: SIZE }, (_, i) => Array.from({ length: SIZE }, (__, j) => ((i * j + j) % 7) - 3));
  const expected = rows.map((row) => rows.map((_, j) => row.reduce((sum, value, k) => sum + value * rows[k]![j]!, 0)));
  const product = tf.tidy(() => {
    const matrix = tf.tensor2d(rows);
    return tf.matMul(matrix, matrix);
  });
  const numbers = await product.data();
  product.dispose();
  if (expected.flat().every((value, i) => value === numbers[i])) return;
  throw new Error('A product of two matrices came out wrong; "idlm engine check" compares every operation');
}

/** The native engine where it is installed, tried in a process of its own, which a library that does not suit the processor ends. */
const examineNative = (parts: NonNullable<ReturnType<typeof findNative>>): Promise<Finding> =>
  finding('native engine', async () => {
    const { version, devices } = await verifyNative(parts);
    return { state: 'ok', found: `TensorFlow ${version} on ${devices.join(', ')}, at ${parts.path} (${parts.origin})` };
  });

const NOT_INSTALLED: Finding = {
  what: 'native engine',
  state: 'absent',
  found: 'not installed; it is the fastest',
  advice: '"idlm engine install" brings it',
};

/** The engine that commands would open, opened and tried. */
const examineChosen = (options: EngineOptions): Promise<Finding> =>
  finding('engine', async () => {
    const engine = await openEngine(options);
    await requireRightProduct();
    const { name, version, threads, precision, gigaflops, reason } = describeEngine(engine);
    const speed = `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${gigaflops.toFixed(1)} GFLOP/s in ${precision}`;
    return { state: 'ok', found: `${name} (${version}), ${speed}: ${reason}` };
  });

/**
 * What computes: the native engine, and the engine that is chosen, each by a product of matrices.
 * @param prefer a certain engine, or the best that is there
 * @param threads within one op (default: as commands choose them)
 */
export async function examineEngine(prefer: EngineName | 'auto', threads?: number): Promise<Finding[]> {
  if (prefer === 'wasm' || prefer === 'cpu') return [await examineChosen({ prefer })];
  const parts = findNative();
  const native = parts ? await examineNative(parts) : NOT_INSTALLED;
  if (native.state === 'ok') return [native, await examineChosen({ prefer, threads })];
  // What ends a process is not loaded into this one.
  if (prefer === 'native') return [{ ...native, state: 'error' }];
  return [native, await examineChosen({ prefer: 'wasm' })];
}
