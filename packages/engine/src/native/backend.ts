import Module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../errors';
import type { OpenBinding } from './binding';
import type { Binding, OpAttribute } from './types';

/** tfjs-node's backend over our binding. */
export interface NativeBackend extends KernelBackend {
  binding: Binding;
  getInputTensorIds(tensors: Tensor[]): number[];
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: Tensor[], outputs: number): Tensor[];
}

type BackendClass = new (binding: Binding, packageName: string) => NativeBackend;

/** tfjs-node 4.22 calls two helpers that Node 24 removed from `util`. */
function restoreRemovedHelpers(): void {
  const helpers = util as unknown as Record<string, unknown>;
  helpers['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  helpers['isArray'] ??= Array.isArray;
}

interface ModuleInternals {
  readonly _cache: Record<string, unknown>;
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/**
 * Imports modules of a folder outside the project, where `@tensorflow/tfjs` must mean the project's own copy: a second
 * one would be a second engine with its own backends.
 */
async function importForeign(folder: string, files: readonly string[]): Promise<unknown[]> {
  const internals = Module as unknown as ModuleInternals;
  const original = internals._resolveFilename;
  const own = Object.keys(internals._cache).find((file) => /tfjs[\\/]dist[\\/]tf\.node\.js$/.test(file));
  if (own)
    internals._resolveFilename = (request, ...rest) =>
      request === '@tensorflow/tfjs' ? own : original.call(internals, request, ...rest);
  try {
    return await Promise.all(files.map((file) => import(pathToFileURL(join(folder, file)).href)));
  } finally {
    internals._resolveFilename = original;
  }
}

/** Registers tfjs-node's kernels and returns its backend class: from the project's dependencies, else from the folder of the installer. */
async function loadKernels(folder: string): Promise<BackendClass> {
  try {
    await import('@tensorflow/tfjs-node/dist/register_all_kernels.js' as string);
    const module = (await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js' as string)) as {
      NodeJSKernelBackend: BackendClass;
    };
    return module.NodeJSKernelBackend;
  } catch (error) {
    if (!/Cannot find (module|package)/.test((error as Error).message)) throw error;
  }
  try {
    const [, module] = await importForeign(folder, ['register_all_kernels.js', 'nodejs_kernel_backend.js']);
    return (module as { NodeJSKernelBackend: BackendClass }).NodeJSKernelBackend;
  } catch (error) {
    throw new InputError(
      `The native engine's kernels are missing from ${folder}: ${(error as Error).message}; run "idlm engine install".`,
    );
  }
}

/** The name under which tfjs-node's kernels are registered. */
const BACKEND = 'tensorflow';

/**
 * Registers and selects the native backend.
 * @param kernels folder of tfjs-node's JavaScript, used when the project does not hold it
 */
export async function useNativeBackend({ binding }: OpenBinding, kernels: string): Promise<NativeBackend> {
  restoreRemovedHelpers();
  const Backend = await loadKernels(kernels);
  tf.registerBackend(BACKEND, () => new Backend(binding, '@tensorflow/tfjs-node'));
  await tf.setBackend(BACKEND);
  return tf.backend() as NativeBackend;
}
