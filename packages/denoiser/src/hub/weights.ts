import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Shapes } from '../networks/network-type';
import { denoisers, shapesOf } from '../registry';
import type { SafetensorsEntry, SafetensorsFile, TensorLayout } from '../safetensors/format';
import { type WeightDtype, narrowed } from '../safetensors/narrow';
import { firstNonFinite, toFloat32 } from '../safetensors/numbers';
import { gatherSafetensors } from '../safetensors/write';

const describeShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The tensor that a file has in place of one that it lacks, for messages. */
function describeFirst(names: ReadonlyMap<string, string>): string {
  const [first] = names.values();
  return first === undefined ? 'it holds no tensor' : `the first that it holds is ${first}`;
}

/** A file's tensors and the texts beside them. */
interface Described {
  readonly tensors: Readonly<Record<string, TensorLayout>>;
  readonly metadata: SafetensorsFile['metadata'];
}

/** Why a file lacks a weight: Python's `save_model` leaves out one that shares another's memory, and notes the other one. */
function whyMissing(name: string, { metadata }: Described, names: ReadonlyMap<string, string>): string {
  const [, same] = Object.entries(metadata).find(([key]) => key === name || key.endsWith(`.${name}`)) ?? [];
  return same === undefined
    ? `and ${describeFirst(names)}; it holds another architecture than its configuration says`
    : `which was left out as the same as ${same}; save it with both, each in memory of its own`;
}

/** Names of a file as they are. */
const sameNames = (names: readonly string[]): ReadonlyMap<string, string> => new Map(names.map((name) => [name, name]));

/**
 * The names that weights have in a file, by their own.
 * @param file its tensors and metadata
 * @param shapes the weights that are wanted
 * @param type the network's, whose public layout may name them otherwise
 * @param what the file in messages
 * @throws InputError if a tensor is missing, extra or of another shape
 */
export function locateWeights(
  file: Described,
  shapes: Shapes,
  type: string,
  what: string,
): ReadonlyMap<string, string> {
  const names = (denoisers.find(type)?.layout?.ownNames ?? sameNames)(Object.keys(file.tensors));
  for (const [name, shape] of Object.entries(shapes)) {
    const own = names.get(name);
    if (own === undefined) throw new InputError(`${what} lacks the tensor ${name}, ${whyMissing(name, file, names)}.`);
    const has = describeShape(file.tensors[own]!.shape);
    if (has !== describeShape(shape))
      throw new InputError(`${what} has ${own} of shape ${has} where the configuration means ${describeShape(shape)}.`);
  }
  const extra = [...names.keys()].find((name) => !Object.hasOwn(shapes, name));
  if (extra !== undefined)
    throw new InputError(
      `${what} holds the tensor ${names.get(extra)}, which the configured architecture does not have.`,
    );
  return names;
}

/**
 * A weight's numbers.
 * @param name the tensor in messages
 * @param what its file
 * @throws InputError for types that are no weights, and numbers that are NaN or infinite
 */
export function weightOf(entry: SafetensorsEntry, name: string, what: string): Float32Array {
  const values = toFloat32(entry, `The tensor ${name} of ${what}`);
  const at = firstNonFinite(values);
  if (at >= 0)
    throw new InputError(
      `The tensor ${name} of ${what} holds ${values[at]} (number ${at} of ${values.length}); weights are finite numbers, so the model is broken: fetch it again, or take an earlier checkpoint.`,
    );
  return values;
}

/**
 * Weights from a safetensors file, on the device, in the order of `shapes`; the caller owns them.
 * @param type the network's, whose public layout may name them otherwise
 * @param what the file in messages
 * @throws InputError if a tensor is missing, extra, of another shape or type, or not finite
 */
export function weightsFrom(file: SafetensorsFile, shapes: Shapes, type: string, what: string): Parameters {
  const names = locateWeights(file, shapes, type, what);
  const values = Object.entries(shapes).map(([name, shape]) => {
    const own = names.get(name)!;
    return [name, shape, weightOf(file.tensors[own]!, own, what)] as const;
  });
  return Object.fromEntries(values.map(([name, shape, numbers]) => [name, tf.tensor(numbers, [...shape])]));
}

/**
 * The weights of a network from a safetensors file, on the device; the caller owns them.
 * @param what the file in messages
 * @throws InputError for a network that is not registered, and as `weightsFrom`
 */
export const parametersFrom = (file: SafetensorsFile, network: NetworkDescription, what: string): Parameters =>
  weightsFrom(file, shapesOf(network), network.type, what);

/** @throws InputError unless weights are what their configuration describes: else they could not be read again */
function requireDescribed(parameters: Parameters, { type, config }: NetworkDescription): void {
  const shapes = denoisers.find(type)?.shapes(config);
  if (!shapes) return;
  for (const [name, shape] of Object.entries(shapes)) {
    const { size } = parameters[name] ?? {};
    if (size !== sizeOf(shape))
      throw new InputError(
        `The configuration means ${name} of shape ${describeShape(shape)}, which is ${sizeOf(shape)} numbers; ${size ?? 'none'} ${size === 1 ? 'was' : 'were'} given.`,
      );
  }
  const extra = Object.keys(parameters).find((name) => !Object.hasOwn(shapes, name));
  if (extra !== undefined)
    throw new InputError(`The weights have the tensor ${extra}, which the configuration of the ${type} does not have.`);
}

/** The numbers of a tensor as the bytes of a type. @throws InputError for a number that is too large for it */
const bytesOf = async (tensor: tf.Tensor, name: string, dtype: WeightDtype): Promise<Uint8Array> =>
  narrowed(await tensor.data<'float32'>(), dtype, `The tensor ${name}`);

/**
 * A safetensors file of tensors by their names in it, fetched from the device one after another, and of what else it holds.
 * @throws InputError for tensors that are not float32, or too large for `dtype`
 */
async function fileOf(
  tensors: Parameters,
  metadata: Metadata,
  { dtype = 'F32' }: WeightsOptions = {},
  buffers: Readonly<Record<string, SafetensorsEntry>> = {},
): Promise<Uint8Array> {
  const layouts: Record<string, TensorLayout> = { ...buffers };
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.dtype !== 'float32')
      throw new InputError(`The tensor ${name} is of type ${tensor.dtype}; only float32 can be saved.`);
    layouts[name] = { dtype, shape: tensor.shape };
  }
  const give = async (name: string) => buffers[name]?.bytes ?? bytesOf(tensors[name]!, name, dtype);
  return gatherSafetensors(layouts, withFormat(metadata), give);
}

/** Texts that a safetensors file holds beside its tensors. */
export type Metadata = Readonly<Record<string, string>>;

/** Metadata as Python's libraries expect it. */
export const withFormat = (metadata: Metadata): Metadata => ({ format: 'pt', ...metadata });

/** How weights are saved. */
export interface WeightsOptions {
  /** The type that weights are rounded to (default: F32, bit for bit). Computed buffers stay float32. */
  readonly dtype?: WeightDtype;
}

/**
 * Tensors as a safetensors file, with their names as they are.
 * @throws InputError for tensors that are not float32
 */
export const tensorsFile = (parameters: Parameters, metadata: Metadata): Promise<Uint8Array> =>
  fileOf(parameters, metadata);

/**
 * A network's weights as a safetensors file: in its public layout, or with their names as they are where it has none.
 * @throws InputError for weights that are not float32, of a registered network and not what its configuration describes, or
 * too large for the type that they are saved as
 */
export async function weightsFile(
  parameters: Parameters,
  network: NetworkDescription,
  metadata: Metadata,
  options: WeightsOptions = {},
): Promise<Uint8Array> {
  requireDescribed(parameters, network);
  const layout = denoisers.find(network.type)?.layout;
  if (!layout) return fileOf(parameters, metadata, options);
  const named = Object.entries(parameters).map(([name, tensor]) => [layout.fileName(name), tensor] as const);
  return fileOf(Object.fromEntries(named), metadata, options, layout.buffers(network.config));
}
