import * as tf from '@tensorflow/tfjs';
import { correctRunningAxis, correctCumsumGradient } from './running';
import type { CompileMode, Engine, EngineName, Precision } from './engine';
import { InputError } from './errors';
import { correctGatherGradient } from './gather-gradient';
import { type NativeParts, findNative } from './install/locations';
import { openNative } from './native/open-native';
import { runPlainly } from './run-plainly';
import type { WasmBackend } from './wasm/backend';
import { registerWasmKernels } from './wasm/kernels';
import { guardMemory } from './wasm/memory';

/** Which engine to open, and how. */
export interface EngineOptions {
  /** A certain engine, or the best that is present (default). */
  readonly prefer?: EngineName | 'auto';
  /**
   * Whether whole steps become one TensorFlow function: `auto` (default) means `graph` on native; `xla` takes seconds at
   * the first call of each list of shapes, then is faster where elementwise work dominates. The other engines never do.
   */
  readonly compile?: CompileMode | 'auto';
  /** Of products of matrices; default: float32 on CPUs, TF32 on GPUs. Counts at the first opening: another one is refused later. */
  readonly precision?: Precision;
  /**
   * Threads within one op (default: `TF_NUM_INTRAOP_THREADS`, else one for each core that the process may use). Counts at
   * the first opening.
   */
  readonly threads?: number;
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
  compiling: 'off',
  precision: 'float32',
  compile: runPlainly,
});

async function wasmEngine(reason: string): Promise<Engine> {
  await import('@tensorflow/tfjs-backend-wasm');
  registerWasmKernels();
  correctRunningAxis('wasm');
  if (!(await tf.setBackend('wasm')))
    throw new InputError('The WASM engine could not be started: this Node lacks WebAssembly.');
  guardMemory((tf.backend() as WasmBackend).wasm);
  silenceAdvice();
  return plainEngine('wasm', reason);
}

async function cpuEngine(reason: string): Promise<Engine> {
  correctRunningAxis('cpu');
  await tf.setBackend('cpu');
  silenceAdvice();
  return plainEngine('cpu', reason);
}

const nativeEngine = (parts: NativeParts, reason: string, options: EngineOptions): Promise<Engine> => {
  const { compile = 'auto', precision, threads } = options;
  return openNative(parts, reason, { compiling: compile === 'auto' ? 'graph' : compile, precision, threads });
};

/** The native engine, or WASM with the reason where it is there but cannot be opened. */
async function bestEngine(parts: NativeParts, options: EngineOptions): Promise<Engine> {
  try {
    return await nativeEngine(parts, `native, the fastest, is ${parts.origin}`, options);
  } catch (error) {
    // Who asks for a precision wants to know why it cannot be had.
    if (!(error instanceof InputError) || !computesPlainly(options)) throw error;
    return wasmEngine(`native is present but cannot be opened: ${error.message}`);
  }
}

const computesPlainly = ({ precision = 'float32' }: EngineOptions): boolean => precision === 'float32';

function requirePlainPrecision(options: EngineOptions): void {
  if (computesPlainly(options)) return;
  throw new InputError(
    `The precision ${options.precision} is for the native engine, which was not chosen or is not installed: choose float32, or run "idlm engine install".`,
  );
}

/**
 * Opens a TensorFlow.js backend and selects it: native libtensorflow where it is present (GPU, then CPU), else WASM.
 * @throws InputError if a certain engine or precision is asked for and cannot be had
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { prefer = 'auto' } = options;
  correctCumsumGradient();
  correctGatherGradient();
  const parts = prefer === 'native' || prefer === 'auto' ? findNative() : undefined;
  if (!parts && prefer !== 'native') requirePlainPrecision(options);
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
  if (parts)
    return prefer === 'auto' ? bestEngine(parts, options) : nativeEngine(parts, 'native was asked for', options);
  if (prefer === 'native')
    throw new InputError('The native engine is not installed: run "idlm engine install", or choose wasm.');
  return wasmEngine('native is not installed; "idlm engine install" would bring it');
}
