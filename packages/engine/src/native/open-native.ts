import * as tf from '@tensorflow/tfjs-core';
import type { CompileMode, Engine, FreedMemory, Precision } from '../engine';
import { InputError } from '../errors';
import { registerGradients } from '../gradients/register';
import { type NativeParts, findNative } from '../install/locations';
import { thisProcessor } from '../processor';
import { runPlainly } from '@idlm/core-diffusion';
import { NATIVE_BACKEND, useNativeBackend } from './kernels/backend';
import { inPlaceOn, onDeviceOn } from './in-place';
import { openBinding } from './tensorflow/binding';
import { compileNative } from './tracing/compile';
import type { NativeBackend } from './kernels/load-kernels';
import { askedPrecision, precisionVariables, requireSamePrecision, settledPrecision } from './precision';

/** How the native engine is opened. */
export interface NativeOptions {
  /** What is opened; default: what is installed for this user or project. */
  readonly parts?: NativeParts;
  /** Why it was chosen, for `reason` of the engine. */
  readonly reason?: string;
  /** Default `auto`: `graph`. */
  readonly compile?: CompileMode | 'auto';
  /** Of products of matrices; default: float32 on CPUs, TF32 on GPUs. */
  readonly precision?: Precision;
  /** Threads within one op; default: `TF_NUM_INTRAOP_THREADS`, else one for each core that the process may use. */
  readonly threads?: number;
  /** Default `kept`. */
  readonly freedMemory?: FreedMemory;
}

/** What is settled at the first opening. */
type Settled = Pick<NativeOptions, 'precision' | 'threads' | 'freedMemory'>;

/** The open libtensorflow of this process. */
interface OpenNative {
  readonly backend: NativeBackend;
  readonly gpu: boolean;
  readonly engine: Omit<Engine, 'reason' | 'compiling' | 'compile'>;
}

let native: Promise<OpenNative> | undefined;

/** Threads within one op unless they are given: the user's variable, else the cores that the process may use. */
const defaultThreads = (): number => Number(process.env['TF_NUM_INTRAOP_THREADS']) || thisProcessor().cores;

async function start(
  { library, kernels, cuda }: NativeParts,
  { precision: asked, threads = defaultThreads(), freedMemory }: Settled,
): Promise<OpenNative> {
  const { features } = thisProcessor();
  // Without CUDA's libraries it is known before anything is loaded.
  if (!cuda) settledPrecision(asked, { gpu: false, features });
  const open = openBinding(library, { threads, cuda, variables: precisionVariables(asked), freedMemory });
  const gpu = open.binding.isUsingGpuDevice();
  const precision = settledPrecision(asked, { gpu, features });
  const backend = await useNativeBackend(open, kernels);
  const { version, devices, oneDnn } = open;
  return {
    backend,
    gpu,
    engine: { name: 'native', version: `TensorFlow ${version}`, devices, threads, precision, oneDnn },
  };
}

/** Opens libtensorflow once per process: a second context would double its thread pools. A failure is not kept. */
function openOnce(parts: NativeParts, settled: Settled): Promise<OpenNative> {
  native ??= start(parts, settled);
  native.catch(() => (native = undefined));
  return native;
}

/**
 * Opens libtensorflow and selects it. One is opened per process: parts, precision, threads and freed memory count the first time.
 * @throws InputError if it is not installed, cannot be loaded or lacks what is asked for
 */
export async function openNative({
  parts = findNative(),
  reason = 'native was asked for',
  compile = 'auto',
  precision,
  threads,
  freedMemory,
}: NativeOptions = {}): Promise<Engine> {
  if (!parts) throw new InputError('The native engine is not installed: run "idlm engine install", or choose wasm.');
  const compiling = compile === 'auto' ? 'graph' : compile;
  // Some of tfjs-node's kernels call methods of tensors.
  await registerGradients();
  const asked = askedPrecision(precision, process.env);
  const { backend, gpu, engine } = await openOnce(parts, { precision: asked, threads, freedMemory });
  requireSamePrecision(precision, engine.precision);
  // oneDNN narrows the factors within its own kernels; on GPUs they are cast in the traced function.
  const castProducts = gpu && engine.precision === 'bfloat16';
  if (castProducts && compiling === 'off')
    throw new InputError('On GPUs bfloat16 is for compiled functions: leave compiling on, or choose tf32.');
  await tf.setBackend(NATIVE_BACKEND);
  // XLA as a whole fuses by itself; on GPUs single kernels of it are untried.
  const options = { xla: compiling === 'xla', castProducts, fuse: compiling === 'graph' && !gpu };
  return {
    ...engine,
    ...(gpu ? { onDevice: onDeviceOn(backend) } : { inPlace: inPlaceOn(backend) }),
    reason,
    compiling,
    compile:
      compiling === 'off'
        ? runPlainly
        : // TensorFlow's executor for ops one after another is for CPUs.
          (fn, { sequential = false } = {}) =>
            compileNative(backend, fn, { ...options, sequential: sequential && !gpu }),
  };
}
