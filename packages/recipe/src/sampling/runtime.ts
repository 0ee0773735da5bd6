import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { InputError, type NetworkDescription, isInputError } from '@idlm/core-diffusion';
import { LARGE_NETWORK, isDit, parameterCount } from '@idlm/denoiser';
import { type Engine, type NativeParts, findNative, hasGpuLibraries } from '@idlm/engine';
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

const isLarge = (network: NetworkDescription): boolean => parameterCount(network) >= LARGE_NETWORK;

/** Whether the folder of temporary files has room for a graph's weights in float32, from where they are mapped. */
function hasRoomFor(network: NetworkDescription): boolean {
  try {
    const { bavail, bsize } = statfsSync(tmpdir());
    return bavail * bsize > 4 * parameterCount(network);
  } catch {
    return false; // There is no such folder.
  }
}

/**
 * Whether a network that both can run is better run by ONNX Runtime than by a native engine: a little text, which it has written before the
 * other is open, and on CPUs large networks, which take it as much of the processor's time and less memory (docs/performance.md).
 * @param native the engine that is installed, if any
 */
export function isForOnnx(
  { network, multiplications }: Pick<RuntimeRequest, 'network' | 'multiplications'>,
  native: NativeParts | undefined,
): boolean {
  if (!native || multiplications <= MOST_BESIDE_NATIVE) return true;
  return isLarge(network) && !hasGpuLibraries(native) && hasRoomFor(network);
}

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
  const { loaded, network, stored } = request;
  if (stored.graph !== undefined) return libraryOfGraph(stored.graph, loaded);
  if (loaded.config.sampling.runtime === 'onnx') {
    if (hasGraph(request)) return requireOnnxLibrary();
    throw new InputError(
      `sampling.runtime is "onnx", which runs saved diffusion transformers ("dit"); this model is ${request.stored.open ? `of the type "${network.type}"` : 'in memory'}.`,
    );
  }
  if (!isFree(loaded) || !hasGraph(request)) return undefined;
  return isForOnnx(request, findNative()) ? findOnnxLibrary() : undefined;
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

/** Scores of attention, of queries by keys, of all rows and heads of one call of a large network: 64 MiB. */
const SCORES_OF_CALL = 2 ** 24;

/**
 * Most rows of a call by ONNX Runtime: it holds the scores of all of them at once, twice.
 * @returns undefined where calls are as large as those of an engine
 */
export function onnxRowsOf(network: NetworkDescription): number | undefined {
  if (!isDit(network) || !isLarge(network)) return undefined;
  const { heads, length } = network.config;
  return Math.max(1, Math.floor(SCORES_OF_CALL / (heads * length ** 2)));
}

/** A network on ONNX Runtime, behind samplers; the caller disposes of it. @throws InputError if its weights are damaged */
export async function openOnnxNetwork(request: OnnxNetworkRequest): Promise<OnnxDenoiser & { dispose(): void }> {
  const { schedule, network } = request;
  const session = await openSession(request);
  try {
    const maxRows = onnxRowsOf(network);
    const denoiser = onnxDenoiser({ session, schedule, maxRows });
    const dispose = () => session.dispose();
    // Two calls of a large network under way would hold twice as much.
    return { ...denoiser, ...(maxRows === undefined ? {} : { atOnce: 1 }), dispose };
  } catch (error) {
    session.dispose();
    throw error;
  }
}
