import { availableParallelism } from 'node:os';
import { InputError } from '@idlm/core-diffusion/errors';
import { requireExternalData } from '../format/external-data';
import { TENSOR_TYPE } from '../format/tensor-type';
import { type OnnxApi, cTexts, onnxApi, unmoving } from './c-api';
import type { OnnxSession, OnnxTensor } from './denoiser';
import { requireOnnxLibrary } from './library';

/** How a graph is run. */
export interface OnnxSessionOptions {
  /** Threads of one run (default: processors of this machine). */
  readonly threads?: number;
  /** Path of the shared library (default: that of the npm package onnxruntime-node). */
  readonly library?: string;
}

/** A session that holds memory until it is disposed of. */
export interface OpenSession extends OnnxSession {
  readonly atOnce: number;
  run(
    inputs: Readonly<Record<string, OnnxTensor>>,
  ): Promise<Readonly<Record<'logits', { readonly data: Float32Array }>>>;
  /** Frees it, after the runs that are under way. */
  dispose(): void;
}

const OUTPUT = 'logits';

/** Runs that are worth having under way together: one leaves cores idle between its parallel parts. */
const AT_ONCE = 2;

/** Severity from which the runtime writes to stderr: what ends the process; errors are thrown. */
const FATAL_ONLY = 4;

interface Process {
  readonly environment: number;
  readonly memory: number;
  readonly allocator: number;
}

const processes = new Map<OnnxApi, Process>();

/** What all sessions of a library share. */
function processOf(api: OnnxApi): Process {
  const found = processes.get(api) ?? {
    environment: api.made('CreateEnv', FATAL_ONLY, 'idlm'),
    // The processor's memory, as the runtime allocates it by default.
    memory: api.made('CreateCpuMemoryInfo', 0, 0),
    allocator: api.made('GetAllocatorWithDefaultOptions'),
  };
  processes.set(api, found);
  return found;
}

/** What is done with the options of a session, which are released afterwards. */
function withOptions<Made>(api: OnnxApi, threads: number, make: (options: number) => Made): Made {
  const options = api.made('CreateSessionOptions');
  try {
    api.attempt('SetSessionLogSeverityLevel', options, FATAL_ONLY);
    api.attempt('SetIntraOpNumThreads', options, threads);
    api.attempt('SetInterOpNumThreads', options, 1);
    // Nothing is planned by sizes that were seen before: it would be held beside what other sizes need.
    api.attempt('DisableMemPattern', options);
    // All optimisations of the graph.
    api.attempt('SetSessionGraphOptimizationLevel', options, 99);
    // Threads that wait in a loop take the processor from JavaScript and everybody else.
    api.attempt('AddSessionConfigEntry', options, 'session.intra_op.allow_spinning', '0');
    // Blocks of 8 and 4 bits are multiplied with float32 numbers, not with what is left of those in 8 bits.
    api.attempt('AddSessionConfigEntry', options, 'session.qdq_matmulnbits_accuracy_level', '1');
    return make(options);
  } finally {
    api.call('ReleaseSessionOptions', options);
  }
}

function inputNamesOf(api: OnnxApi, session: number, { allocator }: Process): string[] {
  return Array.from({ length: api.made('SessionGetInputCount', session) }, (_, i) => {
    const address = api.made('SessionGetInputName', session, i, allocator);
    const name = api.textAt(address);
    api.attempt('AllocatorFree', allocator, address);
    return name;
  });
}

/** Logits of a position, by the graph's word of what leaves it; undefined where it does not say. */
function widthOf(api: OnnxApi, session: number): number | undefined {
  if (api.made('SessionGetOutputCount', session) !== 1) return undefined;
  const type = api.made('SessionGetOutputTypeInfo', session, 0);
  try {
    // It belongs to the type; 0 for what is no tensor.
    const tensor = api.made('CastTypeInfoToTensorInfo', type);
    if (!tensor || api.made('GetDimensionsCount', tensor) !== 2) return undefined;
    const dims = unmoving(new BigInt64Array(2));
    api.attempt('GetDimensions', tensor, dims, 2);
    return dims[1]! > 0n ? Number(dims[1]) : undefined;
  } finally {
    api.call('ReleaseTypeInfo', type);
  }
}

/** A tensor of the runtime's over memory of JavaScript, which must stay until it is released. */
function tensorOver(api: OnnxApi, { memory }: Process, { type, data, dims }: OnnxTensor): number {
  const kind = type === 'int32' ? TENSOR_TYPE.int32 : TENSOR_TYPE.float;
  const shape = BigInt64Array.from(dims, BigInt);
  return api.made('CreateTensorWithDataAsOrtValue', memory, unmoving(data), data.byteLength, shape, shape.length, kind);
}

/** The numbers of a tensor, copied. */
function numbersOf(api: OnnxApi, value: number): Float32Array {
  const info = api.made('GetTensorTypeAndShape', value);
  const count = api.made('GetTensorShapeElementCount', info);
  api.call('ReleaseTensorTypeAndShapeInfo', info);
  if (count === 0) return new Float32Array();
  return new Float32Array(api.memoryAt(api.made('GetTensorMutableData', value), 4 * count)).slice();
}

/** What runs that are under way read and write: nothing else refers to it meanwhile. */
const readByRuns = new Set<unknown>();

/** Where a run is to leave its logits, so that they are not there twice; undefined where it is not known how many they are. */
function logitsFor({ positions }: Readonly<Record<string, OnnxTensor>>, width: number | undefined) {
  if (!positions?.data.length || width === undefined) return undefined;
  const dims = [positions.data.length, width];
  return { type: 'float32', data: new Float32Array(dims[0]! * width), dims } as const;
}

/** One run, on a thread of its own. */
async function runOnce(
  api: OnnxApi,
  { session, width }: { readonly session: number; readonly width: number | undefined },
  shared: Process,
  inputs: Readonly<Record<string, OnnxTensor>>,
): Promise<Float32Array> {
  const names = Object.keys(inputs);
  const logits = logitsFor(inputs, width);
  const [given, wanted] = [cTexts(names), cTexts([OUTPUT])];
  const values = unmoving(new BigUint64Array(names.length));
  const results = unmoving(new BigUint64Array(1));
  const read = { inputs, logits, given, wanted, values, results };
  readByRuns.add(read);
  try {
    names.forEach((name, i) => {
      values[i] = BigInt(tensorOver(api, shared, inputs[name]!));
    });
    if (logits) results[0] = BigInt(tensorOver(api, shared, logits));
    const [reading, writing] = [
      [given.addresses, values, names.length],
      [wanted.addresses, 1, results],
    ] as const;
    await api.attemptLater('Run', session, 0, ...reading, ...writing);
    return logits?.data ?? numbersOf(api, Number(results[0]));
  } finally {
    readByRuns.delete(read);
    for (const value of [...values, ...results]) if (value) api.call('ReleaseValue', Number(value));
  }
}

/** A session and the names of its inputs; the caller releases it. @throws InputError for a graph that is none that it runs */
function createSession(api: OnnxApi, shared: Process, model: string | Uint8Array, threads: number) {
  const { environment } = shared;
  try {
    const session = withOptions(api, threads, (options) =>
      typeof model === 'string'
        ? api.made('CreateSession', environment, model, options)
        : api.made('CreateSessionFromArray', environment, model, model.byteLength, options),
    );
    try {
      return { session, inputNames: inputNamesOf(api, session, shared), width: widthOf(api, session) };
    } catch (error) {
      api.call('ReleaseSession', session);
      throw error;
    }
  } catch (error) {
    const what = typeof model === 'string' ? model : 'The graph';
    throw new InputError(`${what} cannot be run: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Opens a graph with the C functions of ONNX Runtime: runs go on while JavaScript does, and those that are under way together share
 * one copy of the weights.
 * @param model path of the file, beside which external weights lie, or its bytes
 * @throws InputError where ONNX Runtime is not installed, the graph is none that it runs, or external weights are missing, cut short,
 * another graph's or outside its folder
 */
export function openOnnxSession(model: string | Uint8Array, options: OnnxSessionOptions = {}): OpenSession {
  const { threads = availableParallelism(), library = requireOnnxLibrary() } = options;
  if (typeof model === 'string') requireExternalData(model);
  const api = onnxApi(library);
  const shared = processOf(api);
  const { session, inputNames, width } = createSession(api, shared, model, threads);
  let [underWay, isDisposed] = [0, false];
  const release = () => {
    if (isDisposed && underWay === 0) api.call('ReleaseSession', session);
  };
  return {
    inputNames,
    atOnce: AT_ONCE,
    async run(inputs) {
      if (isDisposed) throw new InputError('The session was disposed of.');
      underWay++;
      try {
        return { [OUTPUT]: { data: await runOnce(api, { session, width }, shared, inputs) } };
      } finally {
        underWay--;
        release();
      }
    },
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      release();
    },
  };
}
