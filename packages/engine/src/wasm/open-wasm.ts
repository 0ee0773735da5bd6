import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { silenceAdvice } from '../cpu/open-cpu';
import { correctRunningAxis } from '../cpu/running-axis';
import type { Engine } from '../engine';
import { InputError } from '../errors';
import { plainEngine } from '../plain-engine';
import type { WasmBackend } from './backend';
import { registerWasmKernels } from './kernels';
import { guardMemory } from './memory';

/** How the WASM engine is opened. */
export interface WasmOptions {
  /** Why it was chosen, for `reason` of the engine. */
  readonly reason?: string;
  /**
   * In browsers: the address of the folder with the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, ending in "/"; default:
   * beside the page's script. Counts at the first opening. Node finds them by itself.
   */
  readonly wasmPaths?: string;
}

/**
 * Selects tfjs's WASM backend, on one thread. It is started once per process or page; later calls select it again. Gradients are not
 * registered with it: `registerGradients` of `@idlm/engine/gradients` does so, for who trains.
 * @throws InputError if it cannot be started
 * @example
 * ```ts
 * import { openWasm } from '@idlm/engine/wasm';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const { name, compile } = await openWasm();
 * const double = compile(([x]) => [tf.add(x!, x!)]);
 * console.log(name, double([tf.tensor1d([1, 2])])[0]!.dataSync().join(' ')); // → wasm 2 4
 * ```
 */
export async function openWasm({ reason = 'WASM was asked for', wasmPaths }: WasmOptions = {}): Promise<Engine> {
  if (wasmPaths !== undefined && !('wasm' in tf.engine().registry)) setWasmPaths(wasmPaths);
  // Its threads spin while they wait, and the kernels that are replaced here run on one.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  registerWasmKernels();
  correctRunningAxis('wasm');
  if (!(await tf.setBackend('wasm')))
    throw new InputError(
      'The WASM engine could not be started: this runtime lacks WebAssembly, or the .wasm files are not where `wasmPaths` says.',
    );
  guardMemory((tf.backend() as WasmBackend).wasm);
  silenceAdvice();
  return plainEngine('wasm', reason);
}
