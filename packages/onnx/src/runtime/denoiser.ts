import { InputError } from '@idlm/core-diffusion/errors';
import { type HostRequest, joinedNumbers, rowsPerCall, sigmaOfRows, splitRequest } from '@idlm/denoiser/requests';

/** A tensor as a session reads it: those of ONNX Runtime's packages are such. */
export interface OnnxTensor {
  readonly type: 'int32' | 'float32';
  readonly data: Int32Array | Float32Array;
  readonly dims: readonly number[];
}

/** A graph that is ready to run: `InferenceSession` of onnxruntime-node and onnxruntime-web, or `openOnnxSession`. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  // Tensors of other packages are classes of theirs, with more types of numbers.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  run(inputs: any): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  /** Runs worth having under way at the same time (default 1). */
  readonly atOnce?: number;
}

/** What a session needs to serve samplers. */
export interface OnnxDenoiserOptions {
  readonly session: OnnxSession;
  /** The class of the session's tensors, such as `ort.Tensor` (default: plain objects, as `openOnnxSession` reads them). */
  readonly Tensor?: new (type: OnnxTensor['type'], data: OnnxTensor['data'], dims: readonly number[]) => unknown;
  /** The noise schedule; for networks that read the noise level. */
  readonly schedule?: { readonly sigma: (t: number) => number };
  /** Most rows of one call (default 256, fewer for long sequences: see `rowsPerCall`). */
  readonly maxRows?: number;
}

/** A network behind a session, as samplers take it. */
export interface OnnxDenoiser {
  /** Logits [N, V] of the asked positions. */
  denoise(request: HostRequest): Promise<Float32Array>;
  readonly atOnce: number;
  /** True: rows of a request may stand at different `times`. */
  readonly timesPerRow?: boolean;
}

function plainTensor(type: OnnxTensor['type'], data: OnnxTensor['data'], dims: readonly number[]): OnnxTensor {
  return { type, data, dims };
}

/** @throws InputError unless it is a graph that `exportOnnx` writes, with a schedule where it reads the noise level */
function requireInputs({ session, schedule }: OnnxDenoiserOptions): { readonly readsNoise: boolean } {
  const { inputNames } = session;
  if (!inputNames.includes('tokens') || !inputNames.includes('positions'))
    throw new InputError(
      `The graph reads ${inputNames.join(', ')}; one of a denoiser, as exportOnnx writes it, reads tokens and positions.`,
    );
  const readsNoise = inputNames.includes('sigma');
  if (readsNoise && !schedule)
    throw new InputError('The network reads the noise level: give the noise schedule of its family as "schedule".');
  return { readsNoise };
}

function requireLogits({ logits }: Readonly<Record<string, { readonly data: unknown }>>): Float32Array {
  if (logits?.data instanceof Float32Array) return logits.data;
  throw new InputError('The graph has no output "logits" of float32 numbers; write it with exportOnnx.');
}

/**
 * A session of ONNX Runtime as the network of a sampler. Any numbers of rows and positions run as they are: nothing is padded, and
 * nothing is compiled for a new size.
 * @throws InputError for a graph of something else, or a missing schedule; when called, for positions that do not ascend,
 * or times that are not one for each row
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { exportOnnx } from '@idlm/onnx';
 * import { onnxDenoiser } from '@idlm/onnx/runtime';
 * import { generate } from '@idlm/samplers';
 * import { mdlm } from '@idlm/core-diffusion/sampling';
 * import * as ort from 'onnxruntime-web';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const parameters = initialParameters(config, randomStream(1));
 * const read = async (name: string) => (await parameters[name]!.data()) as Float32Array;
 * const { model } = await exportOnnx({ network: dit(config).describe(), read });
 * const session = await ort.InferenceSession.create(model);
 * const network = onnxDenoiser({ session, Tensor: ort.Tensor });
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const { tokens } = await generate(network, family, 8, { timeConditioned: false });
 * console.log(tokens.length); // → 64
 * ```
 */
export function onnxDenoiser(options: OnnxDenoiserOptions): OnnxDenoiser {
  const { session, schedule, Tensor } = options;
  const { readsNoise } = requireInputs(options);
  const tensor = Tensor ? (...given: Parameters<typeof plainTensor>) => new Tensor(...given) : plainTensor;
  const call = async (part: HostRequest): Promise<Float32Array> => {
    const { tokens, length, positions } = part;
    const rows = tokens.length / length;
    const sigma = readsNoise ? { sigma: tensor('float32', sigmaOfRows(part, schedule!), [rows]) } : {};
    const inputs = {
      tokens: tensor('int32', tokens, [rows, length]),
      positions: tensor('int32', positions, [positions.length]),
    };
    return requireLogits(await session.run({ ...inputs, ...sigma }));
  };
  const denoise = async (request: HostRequest): Promise<Float32Array> => {
    const most = options.maxRows ?? rowsPerCall(request.length);
    const sizesOf = (rows: number) => Array.from({ length: Math.ceil(rows / most) }, () => most);
    const parts = splitRequest(request, sizesOf).filter((part) => part.positions.length);
    if (parts.length === 1) return call(parts[0]!);
    const logits: Float32Array[] = [];
    for (const part of parts) logits.push(await call(part));
    return joinedNumbers(logits, Float32Array);
  };
  return { denoise, atOnce: session.atOnce ?? 1, timesPerRow: true };
}
