import type { Family } from '@idlm/core-diffusion';
import { thisProcessor } from '@idlm/engine';
import type { Network } from '@idlm/samplers';
import * as tf from '@tensorflow/tfjs-core';
import { type LoadedConfig, originOf } from '../config/load';
import { openConfigured } from '../config/engine';
import type { ModelFiles } from '../models/model-files';
import { openDenoisers } from './denoisers';
import { chooseRuntime, openOnnxNetwork } from './runtime';
import { workerPool } from './workers/pooled-denoiser';

/** A model whose network is to answer many, beside other work of JavaScript's thread. */
export interface ServedNetworkRequest extends Pick<ModelFiles, 'model' | 'stored'> {
  readonly loaded: LoadedConfig;
  readonly family: Family;
}

/** A network that was opened to answer many. */
export interface ServedNetwork {
  /** Its owner disposes of it. */
  readonly network: Network & { dispose(): void };
  /** What runs it, such as `ONNX Runtime 1.30.0` or `wasm`. */
  readonly runtime: string;
  /** Whether its calls hold up JavaScript's thread. */
  readonly isBlocking: boolean;
}

/** Rows of one call of a thread of WASM; longer ones would let others wait. */
const ROWS_OF_THREAD = 32;

/**
 * Opens the network of a saved model so that its calls do not hold up JavaScript's thread: on ONNX Runtime where that is installed and no
 * engine is set, else on threads of WASM, which know the networks that an imported module has registered, too. Another engine that is set,
 * and networks whose types are registered in this thread alone, run in JavaScript's thread.
 * @throws InputError as `chooseRuntime`, and if the weights are damaged
 */
export async function openServedNetwork(request: ServedNetworkRequest): Promise<ServedNetwork> {
  const { loaded, family, model, stored } = request;
  const { network } = model;
  const { schedule } = family;
  const threads = loaded.config.engine.threads ?? undefined;
  // No number of multiplications is known ahead, and compiling for each size that comes would hold all up.
  const openEngine = () => openConfigured(originOf(loaded, 'engine.name') === undefined ? onWasm(loaded) : loaded);
  const runtime = await chooseRuntime({ loaded, network, stored, multiplications: 0 }, openEngine);
  if (runtime.kind === 'onnx') {
    const { library, version } = runtime;
    const opened = await openOnnxNetwork({ network, stored, schedule, library, threads });
    return { network: opened, runtime: `ONNX Runtime ${version}`, isBlocking: false };
  }
  const { engine } = runtime;
  const parameters = await stored.read();
  const sampled = { network, parameters, schedule };
  const disposing = (compute: { dispose(): void }) => ({
    dispose() {
      compute.dispose();
      tf.dispose(parameters);
    },
  });
  if (engine.name === 'wasm') {
    const pool = workerPool({ threads: threads ?? thisProcessor().cores, maxRows: ROWS_OF_THREAD });
    if (await pool.knows(network.type))
      return { network: { ...pool.denoiser(sampled), ...disposing(pool) }, runtime: engine.name, isBlocking: false };
    pool.dispose();
  }
  const own = openDenoisers({ config: loaded.config, engine }, { rows: 1, multiplications: 0 });
  return { network: { ...own.of(sampled), ...disposing(own) }, runtime: engine.name, isBlocking: true };
}

/** The configuration with the engine that has threads to compute in. */
const onWasm = ({ config, origins }: LoadedConfig): LoadedConfig => ({
  config: { ...config, engine: { ...config.engine, name: 'wasm' } },
  origins,
});
