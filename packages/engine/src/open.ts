import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineName, TensorFunction } from './engine';
import { InputError } from './errors';
import { isInstalled, nativePaths } from './install/locations';
import { openBinding } from './native/binding';
import { useNativeBackend } from './native/backend';
import { compileNative } from './native/trace';
import { registerWasmKernels } from './wasm/kernels';

/** Which engine to open, and how. */
export interface EngineOptions {
  /** A certain engine, or the best that is present (default). */
  readonly prefer?: EngineName | 'auto';
  /** False: run op by op also where whole steps can be compiled. */
  readonly compile?: boolean;
  /** Threads within one op (default: all that the process may use, or `TF_NUM_INTRAOP_THREADS`). */
  readonly threads?: number;
}

const runPlainly = (fn: TensorFunction) =>
  Object.assign((inputs: tf.Tensor[]) => tf.tidy(() => fn(inputs)), { dispose() {} });

/** TensorFlow reads these when its library is loaded; what the user has set stays. */
function setDefaults(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
}

let native: Promise<Omit<Engine, 'reason' | 'compile'> & { readonly compile: Engine['compile'] }> | undefined;

/** Opens libtensorflow once per process: a second context would double its thread pools. */
function openNative(threads: number) {
  return (native ??= (async () => {
    setDefaults();
    const { library, kernels } = nativePaths();
    const open = openBinding(library, { threads });
    const backend = await useNativeBackend(open, kernels);
    return {
      name: 'native' as const,
      version: `TensorFlow ${open.version}`,
      devices: open.devices,
      threads,
      compile: (fn) => compileNative(backend, fn),
    };
  })());
}

async function nativeEngine(reason: string, { compile = true, threads }: EngineOptions): Promise<Engine> {
  const opened = await openNative(threads ?? Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? availableParallelism()));
  await tf.setBackend('tensorflow');
  return { ...opened, reason, compile: compile ? opened.compile : runPlainly };
}

async function wasmEngine(reason: string): Promise<Engine> {
  await import('@tensorflow/tfjs-backend-wasm');
  registerWasmKernels();
  if (!(await tf.setBackend('wasm')))
    throw new InputError('The WASM engine could not be started; this Node lacks WebAssembly.');
  return {
    name: 'wasm',
    reason,
    version: `tfjs ${tf.version_core}`,
    devices: ['CPU'],
    threads: 1,
    compile: runPlainly,
  };
}

async function cpuEngine(reason: string): Promise<Engine> {
  await tf.setBackend('cpu');
  return { name: 'cpu', reason, version: `tfjs ${tf.version_core}`, devices: ['CPU'], threads: 1, compile: runPlainly };
}

/**
 * Opens a TensorFlow.js backend and selects it: native libtensorflow where it is installed, else WASM.
 * @throws InputError if a certain engine is asked for and cannot be had
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { prefer = 'auto' } = options;
  if (prefer === 'cpu') return cpuEngine('plain JavaScript was asked for');
  if (prefer === 'wasm') return wasmEngine('WASM was asked for');
  if (isInstalled())
    return nativeEngine(prefer === 'native' ? 'native was asked for' : 'native is installed and the fastest', options);
  if (prefer === 'native')
    throw new InputError('The native engine is not installed; run "idlm engine install", or choose wasm.');
  return wasmEngine('native is not installed; "idlm engine install" would bring it');
}
