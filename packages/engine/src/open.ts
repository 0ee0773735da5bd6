import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { correctCumsumAxis, correctCumsumGradient } from './cumsum';
import type { Engine, EngineName, TensorFunction } from './engine';
import { InputError } from './errors';
import { type NativeParts, findNative } from './install/locations';
import { NATIVE_BACKEND, useNativeBackend } from './native/backend';
import { openBinding } from './native/binding';
import { type TraceOptions, compileNative } from './native/compile';
import { registerWasmKernels } from './wasm/kernels';

/** Which engine to open, and how. */
export interface EngineOptions {
  /** A certain engine, or the best that is present (default). */
  readonly prefer?: EngineName | 'auto';
  /** False: run op by op also where whole steps can be compiled. `{ xla: true }`: compile with XLA (slow at first, then faster). */
  readonly compile?: boolean | TraceOptions;
  /** Threads within one op (default: `TF_NUM_INTRAOP_THREADS`, else all that the process may use). Counts at the first opening. */
  readonly threads?: number;
}

const runPlainly = (fn: TensorFunction) =>
  Object.assign((inputs: tf.Tensor[]) => tf.tidy(() => fn(inputs)), { dispose() {} });

type OpenNative = Omit<Engine, 'reason' | 'compile'> & {
  readonly compile: (fn: TensorFunction, options: TraceOptions) => ReturnType<Engine['compile']>;
};

let native: Promise<OpenNative> | undefined;

async function startNative({ library, kernels, cuda }: NativeParts, threads: number): Promise<OpenNative> {
  const open = openBinding(library, { threads, cuda });
  const backend = await useNativeBackend(open, kernels);
  return {
    name: 'native',
    version: `TensorFlow ${open.version}`,
    devices: open.devices,
    threads,
    compile: (fn, options) => compileNative(backend, fn, options),
  };
}

/** Opens libtensorflow once per process: a second context would double its thread pools. A failure is not kept. */
function openNative(parts: NativeParts, threads: number): Promise<OpenNative> {
  native ??= startNative(parts, threads);
  native.catch(() => (native = undefined));
  return native;
}

async function nativeEngine(parts: NativeParts, reason: string, options: EngineOptions): Promise<Engine> {
  const { compile = true, threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || availableParallelism() } = options;
  const opened = await openNative(parts, threads);
  await tf.setBackend(NATIVE_BACKEND);
  const traceOptions = typeof compile === 'object' ? compile : {};
  return { ...opened, reason, compile: compile ? (fn) => opened.compile(fn, traceOptions) : runPlainly };
}

/** tfjs advises to install tfjs-node when its plain backend is first used, which here is chosen knowingly. */
function silenceAdvice(): void {
  Object.assign(tf.engine().findBackend('cpu'), { firstUse: false });
}

const plainEngine = (name: EngineName, reason: string): Engine => ({
  name,
  reason,
  version: `tfjs ${tf.version_core}`,
  devices: ['CPU'],
  threads: 1,
  compile: runPlainly,
});

async function wasmEngine(reason: string): Promise<Engine> {
  await import('@tensorflow/tfjs-backend-wasm');
  registerWasmKernels();
  correctCumsumAxis('wasm');
  if (!(await tf.setBackend('wasm')))
    throw new InputError('The WASM engine could not be started: this Node lacks WebAssembly.');
  silenceAdvice();
  return plainEngine('wasm', reason);
}

async function cpuEngine(reason: string): Promise<Engine> {
  correctCumsumAxis('cpu');
  await tf.setBackend('cpu');
  silenceAdvice();
  return plainEngine('cpu', reason);
}

/** The native engine, or WASM with the reason where it is there but cannot be opened. */
async function bestEngine(parts: NativeParts, options: EngineOptions): Promise<Engine> {
  try {
    return await nativeEngine(parts, `native, the fastest, is ${parts.origin}`, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return wasmEngine(`native is present but cannot be opened: ${error.message}`);
  }
}

/**
 * Opens a TensorFlow.js backend and selects it: native libtensorflow where it is present (GPU, then CPU), else WASM.
 * @throws InputError if a certain engine is asked for and cannot be had
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { prefer = 'auto' } = options;
  correctCumsumGradient();
  switch (prefer) {
    case 'cpu':
      return cpuEngine('plain JavaScript was asked for');
    case 'wasm':
      return wasmEngine('WASM was asked for');
    case 'native':
    case 'auto':
      break;
    default:
      throw new InputError(`There is no engine "${String(prefer)}": choose auto, native, wasm or cpu.`);
  }
  const parts = findNative();
  if (parts)
    return prefer === 'auto' ? bestEngine(parts, options) : nativeEngine(parts, 'native was asked for', options);
  if (prefer === 'native')
    throw new InputError('The native engine is not installed: run "idlm engine install", or choose wasm.');
  return wasmEngine('native is not installed; "idlm engine install" would bring it');
}
