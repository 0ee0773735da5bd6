import { InputError, type NetworkDescription, isInputError } from '@idlm/core-diffusion';
import { isDit } from '@idlm/denoiser';
import { type Engine, isInstalled } from '@idlm/engine';
import { exportOnnx } from '@idlm/onnx';
import {
  findOnnxLibrary,
  type OpenSession,
  onnxVersion,
  openOnnxFiles,
  openOnnxSession,
  requireOnnxLibrary,
} from '@idlm/onnx/node';
import { type OnnxDenoiser, onnxDenoiser } from '@idlm/onnx/runtime';
import { type LoadedConfig, originOf } from '../config/load';
import type { StoredModel } from '../models/model-files';

/** What runs the network of a model that writes. */
export type Runtime =
  | { readonly kind: 'engine'; readonly engine: Engine }
  | {
      readonly kind: 'onnx';
      /** Path of ONNX Runtime's library. */
      readonly library: string;
      /** Such as `1.30.0`. */
      readonly version: string;
    };

/** What a runtime is called in records. */
export const nameOfRuntime = (runtime: Runtime): string => (runtime.kind === 'onnx' ? 'onnx' : runtime.engine.name);

/** A model that is to write. */
export interface RuntimeRequest {
  readonly loaded: LoadedConfig;
  readonly network: NetworkDescription;
  readonly stored: StoredModel;
  /** One for each weight and each token that it sees, over all calls; at most so many. */
  readonly multiplications: number;
}

/**
 * Multiplications from which on the native engine has caught up: it opens and compiles in some three seconds of the processor's, in
 * which ONNX Runtime has done so many.
 */
const MOST_BESIDE_NATIVE = 2e11;

/** Whether ONNX Runtime runs such a network. */
const hasGraph = ({ network, stored }: RuntimeRequest): boolean =>
  isDit(network) && !network.config.causal && stored.open !== undefined;

/** Whether the settings leave the choice: what is set of the engine is meant to be used. */
const isFree = (loaded: LoadedConfig): boolean => {
  const { runtime } = loaded.config.sampling;
  const isSet = ['name', 'precision', 'compile'].some((field) => originOf(loaded, `engine.${field}`) !== undefined);
  return runtime === 'auto' && !isSet;
};

/** The library for a model that is a graph alone. @throws InputError where it is not installed, or the engine is asked for */
function libraryOfGraph(graph: string, { config }: LoadedConfig): string {
  if (config.sampling.runtime !== 'engine') return requireOnnxLibrary();
  throw new InputError(
    `sampling.runtime is "engine", and ${graph} is run by ONNX Runtime alone; leave it out, or name the folder of the model that it was written from.`,
  );
}

/** The library for a network, where ONNX Runtime is to run it. @throws InputError where it is asked for and cannot */
function chosenLibrary(request: RuntimeRequest): string | undefined {
  const { loaded, network, multiplications, stored } = request;
  if (stored.graph !== undefined) return libraryOfGraph(stored.graph, loaded);
  if (loaded.config.sampling.runtime === 'onnx') {
    if (hasGraph(request)) return requireOnnxLibrary();
    throw new InputError(
      `sampling.runtime is "onnx", which runs saved diffusion transformers ("dit"); this model is ${request.stored.open ? `of the type "${network.type}"` : 'in memory'}.`,
    );
  }
  if (!isFree(loaded) || !hasGraph(request)) return undefined;
  if (multiplications > MOST_BESIDE_NATIVE && isInstalled()) return undefined;
  return findOnnxLibrary();
}

/**
 * The version of a library of ONNX Runtime; undefined where one that nobody asked for is too old, or cannot be loaded: the engine is there.
 * @param isAskedFor whether it is this library or none, by a setting or since the model is a graph alone
 * @throws InputError for such a library where it is asked for
 */
export function usableVersion(library: string, isAskedFor: boolean): string | undefined {
  try {
    return onnxVersion(library);
  } catch (error) {
    if (isAskedFor || !isInputError(error)) throw error;
    return undefined;
  }
}

/**
 * ONNX Runtime, where that is to run a network; undefined where the engine is.
 * @throws InputError where it is asked for and is not installed, is too old or cannot be loaded, or has no graph of the network
 */
export function onnxRuntimeFor(request: RuntimeRequest): Extract<Runtime, { readonly kind: 'onnx' }> | undefined {
  const library = chosenLibrary(request);
  const isAskedFor = request.stored.graph !== undefined || request.loaded.config.sampling.runtime === 'onnx';
  const version = library === undefined ? undefined : usableVersion(library, isAskedFor);
  return library === undefined || version === undefined ? undefined : { kind: 'onnx', library, version };
}

/**
 * What writes a model's texts soonest.
 * @param open opens the configured engine, where that is to run
 * @throws InputError as `onnxRuntimeFor`
 */
export const chooseRuntime = async (request: RuntimeRequest, open: () => Promise<Engine>): Promise<Runtime> =>
  onnxRuntimeFor(request) ?? { kind: 'engine', engine: await open() };

/** What a network on ONNX Runtime is opened from. */
export interface OnnxNetworkRequest {
  readonly network: NetworkDescription;
  readonly stored: Pick<StoredModel, 'open' | 'graph'>;
  readonly schedule: { readonly sigma: (t: number) => number };
  readonly library: string;
  /** Threads of one call (default: processors of this machine). */
  readonly threads?: number;
}

/** The graph of a model: that of its file, else one that is made of its weights. */
async function openSession({ network, stored, library, threads }: OnnxNetworkRequest): Promise<OpenSession> {
  if (stored.graph !== undefined) return openOnnxSession(stored.graph, { library, threads });
  const weights = await stored.open!();
  try {
    return await openOnnxFiles(await exportOnnx({ network, read: weights.read }), { library, threads });
  } finally {
    await weights.close();
  }
}

/** A network on ONNX Runtime, behind samplers; the caller disposes of it. @throws InputError if its weights are damaged */
export async function openOnnxNetwork(request: OnnxNetworkRequest): Promise<OnnxDenoiser & { dispose(): void }> {
  const { schedule } = request;
  const session = await openSession(request);
  try {
    return { ...onnxDenoiser({ session, schedule }), dispose: () => session.dispose() };
  } catch (error) {
    session.dispose();
    throw error;
  }
}
