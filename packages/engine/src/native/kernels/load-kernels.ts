import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import util from 'node:util';
import { compileFunction } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import type { Fusing } from '@idlm/core-diffusion';
import { InputError } from '../../errors';
import type { Binding, OpAttribute, TensorMetadata } from '../tensorflow/types';

/** tfjs-node's backend over our binding. */
export interface NativeBackend extends KernelBackend {
  binding: Binding;
  /** Numbers that wait on the host until an op reads them; null once they were uploaded. */
  readonly tensorMap: { get(dataId: object): { readonly values: BackendValues | null } };
  /** Their numbers in the binding; those that wait on the host are handed over. */
  getInputTensorIds(tensors: Tensor[]): number[];
  /** TensorFlow's number of a type: see `TYPES`. */
  getDTypeInteger(dtype: DataType): number;
  /** A tensor that tfjs knows, for one of the binding. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  /** Makes one kernel of several ops; there while a function is traced, see `kernel` of `@idlm/core-diffusion`. */
  fuse?: Fusing['fuse'] | undefined;
  /** Runs an op of TensorFlow, or records it while a function is traced. */
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** tfjs-node's backend class. */
export type BackendClass = new (binding: Binding, packageName: string) => NativeBackend;

/** Modules that the kernels find instead of what their folder would give them. */
const SUBSTITUTES: Readonly<Record<string, unknown>> = {
  // A second copy of tfjs would be a second engine with its own backends.
  '@tensorflow/tfjs': tf,
  '@tensorflow/tfjs-core': tf,
  // Node 24 removed two helpers that tfjs-node 4.22 calls.
  util: {
    ...util,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  },
  // Messages of summary events: they would need google-protobuf, and nothing here writes summaries through the backend.
  './proto/api_pb': {},
};

/** The file that a relative request of a CommonJS module means. */
function fileOf(from: string, request: string): string {
  const path = resolve(dirname(from), request);
  return existsSync(path) ? path : `${path}.js`;
}

/**
 * Runs CommonJS modules of a folder outside the project, with our own modules put in place of some that they ask for.
 * Node's own loader cannot do that without being patched for the whole process.
 */
function loader(): (file: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const builtin = createRequire(join(process.cwd(), 'index.js'));
  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const require = (request: string): unknown => {
      if (Object.hasOwn(SUBSTITUTES, request)) return SUBSTITUTES[request];
      if (builtinModules.includes(request)) return builtin(request);
      if (!request.startsWith('.')) throw new Error(`${file} asks for the unexpected module "${request}"`);
      return load(fileOf(file, request));
    };
    const run = compileFunction(readFileSync(file, 'utf8'), ['exports', 'require', 'module'], { filename: file }) as (
      ...given: [exports: object, require: (request: string) => unknown, module: object]
    ) => void;
    run(module.exports, require, module);
    return module.exports;
  };
  return load;
}

/**
 * Registers tfjs-node's kernels with this process's tfjs and returns its backend class.
 * @param folder the `dist` folder of `@tensorflow/tfjs-node`
 * @throws InputError if the folder lacks them
 */
export function loadKernels(folder: string): BackendClass {
  const load = loader();
  try {
    load(join(folder, 'register_all_kernels.js'));
    const module = load(join(folder, 'nodejs_kernel_backend.js')) as { NodeJSKernelBackend: BackendClass };
    return module.NodeJSKernelBackend;
  } catch (error) {
    throw new InputError(
      `The native engine's kernels cannot be loaded from ${folder}: ${(error as Error).message}; run "idlm engine install --force".`,
    );
  }
}
