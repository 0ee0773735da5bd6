import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { isDit } from '@idlm/denoiser';
import { type Initializer, type Stored, modelFile } from './format/model-file';
import { bytesOf } from './format/tensor-type';
import type { Opset } from './graph/attention';
import { ditGraph } from './graph/dit';
import type { OnnxWeights } from './graph/linear';

/** A network to be written. */
export interface ExportedNetwork {
  readonly network: NetworkDescription;
  /** The numbers of a weight by its name, [out, in]; each is asked for when it is written, some twice. */
  readonly read: (name: string) => Float32Array | Promise<Float32Array>;
}

/** How a network is written. */
export interface OnnxOptions {
  /** How weights are kept (default `f32`). */
  readonly weights?: OnnxWeights;
  /** Operators that the file asks for (default 23: ONNX Runtime 1.23 and later; 21 for older and other runtimes). */
  readonly opset?: Opset;
  /** Texts that travel in the file, by name. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Name of the file of the weights, where they lie beside the graph (default `model.onnx_data`). */
  readonly dataFile?: string;
  /** Bytes of weights from which on they lie beside the graph (default 2²⁸; 0: always): readers hold all of an ONNX file, which ends at 2 GB. */
  readonly dataFrom?: number;
}

/** What is written. */
export interface OnnxFiles {
  /** The graph, with the weights unless they lie beside it. */
  readonly model: Uint8Array;
  /** The file of the weights, where they lie beside the graph. */
  readonly data?: {
    readonly name: string;
    readonly bytes: number;
    /** What it holds; each part is made when it is asked for. */
    readonly parts: AsyncIterable<Uint8Array>;
  };
}

/** Smaller constants stay with the graph, whose shapes some readers derive from them. */
const INLINE_BELOW = 1024;

/** Beginnings of external tensors, so that a file can be mapped into memory. */
const ALIGNMENT = 4096;

const isInline = ({ type, dims }: Initializer): boolean => bytesOf(type, dims) < INLINE_BELOW;

async function inline(one: Initializer): Promise<Stored> {
  const bytes = await one.bytes();
  return { bytes };
}

/** Places of the larger initializers in a file, one behind the other. */
async function placed(initializers: readonly Initializer[], file: string): Promise<readonly [Stored[], number]> {
  const stored: Stored[] = [];
  let end = 0;
  for (const one of initializers) {
    if (isInline(one)) stored.push(await inline(one));
    else {
      const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
      const length = bytesOf(one.type, one.dims);
      stored.push({ file, offset, length });
      end = offset + length;
    }
  }
  return [stored, end];
}

async function* partsOf(initializers: readonly Initializer[], stored: readonly Stored[]): AsyncGenerator<Uint8Array> {
  let end = 0;
  for (const [i, one] of initializers.entries()) {
    const place = stored[i]!;
    if ('bytes' in place) continue;
    if (place.offset > end) yield new Uint8Array(place.offset - end);
    yield await one.bytes();
    end = place.offset + place.length;
  }
}

/** @throws InputError for a network that has no graph here */
function requireDit({ type, config }: NetworkDescription) {
  const network = { type, config };
  if (isDit(network) && !config.causal) return network.config;
  throw new InputError(
    `Networks of the type "${type}" are not written as ONNX; the diffusion transformer ("dit") is, as all public checkpoints are.`,
  );
}

/**
 * A diffusion transformer as an ONNX file: inputs `tokens` int32 [R, L], `positions` int32 [N] (flat, of the logits that are wanted)
 * and, where it reads the noise level, `sigma` float [R]; output `logits` float [N, V]. Only operators of ONNX itself are used, also
 * for quantised weights. Networks that do not read the noise level have their modulation folded into the weights.
 * @throws InputError for other networks, and for weights too large for half precision
 * Source: ONNX 1.18, operators of opset 21 and 23.
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { PRESETS, dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { exportOnnx } from '@idlm/onnx';
 *
 * await openEngine({ prefer: 'wasm' });
 * const config = { ...PRESETS.tiny, vocabSize: 28, timeConditioned: false };
 * const parameters = initialParameters(config, randomStream(1));
 * const read = async (name: string) => (await parameters[name]!.data()) as Float32Array;
 * const { model } = await exportOnnx({ network: dit(config).describe(), read }, { weights: 'int8' });
 * console.log(model.length < 600_000); // → true
 * ```
 */
export async function exportOnnx({ network, read }: ExportedNetwork, options: OnnxOptions = {}): Promise<OnnxFiles> {
  const { weights = 'f32', opset = 23, metadata = {}, dataFile = 'model.onnx_data', dataFrom = 2 ** 28 } = options;
  const { nodes, initializers, inputs, outputs } = ditGraph(requireDit(network), read, { weights, opset });
  const model = { nodes, initializers, inputs, outputs, opset, metadata };
  const size = initializers.reduce((sum, { type, dims }) => sum + bytesOf(type, dims), 0);
  if (size < dataFrom) {
    const stored: Stored[] = [];
    for (const one of initializers) stored.push(await inline(one));
    return { model: modelFile(model, stored) };
  }
  const [stored, bytes] = await placed(initializers, dataFile);
  return { model: modelFile(model, stored), data: { name: dataFile, bytes, parts: partsOf(initializers, stored) } };
}
