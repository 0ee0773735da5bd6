import { InputError, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { DitConfig } from '../dit/config';
import { parameterShapes } from '../dit/parameters';
import { inverseFrequencies } from '../layers/rotary';
import type { SafetensorsEntry, SafetensorsFile, TensorLayout } from '../safetensors/format';
import { firstNonFinite, fromFloat32, toFloat32 } from '../safetensors/numbers';
import { trainedNames } from './tensor-names';

const describeShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** The tensor that a file has in place of one that it lacks, for messages. */
function describeFirst(names: ReadonlyMap<string, string>): string {
  const [first] = names.values();
  return first === undefined ? 'it holds no tensor' : `the first that it holds is ${first}`;
}

/**
 * The names that a network's parameters have in a file, by their own.
 * @param found the file's tensors
 * @param what the file in messages
 * @throws InputError if a tensor is missing, extra or of another shape
 */
export function locateParameters(
  found: Readonly<Record<string, TensorLayout>>,
  config: DitConfig,
  what: string,
): ReadonlyMap<string, string> {
  const names = trainedNames(Object.keys(found));
  const shapes = parameterShapes(config);
  for (const [name, shape] of Object.entries(shapes)) {
    const own = names.get(name);
    if (own === undefined)
      throw new InputError(
        `${what} lacks the tensor ${name}, and ${describeFirst(names)}; it holds another architecture than its configuration says.`,
      );
    const has = describeShape(found[own]!.shape);
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
 * Weights of a model from a safetensors file, on the device; the caller owns them.
 * @throws InputError if a tensor is missing, extra, of another shape or type, or not finite
 */
export function parametersFrom(file: SafetensorsFile, config: DitConfig, what: string): Parameters {
  const names = locateParameters(file.tensors, config, what);
  const values = Object.keys(parameterShapes(config)).map((name) => {
    const own = names.get(name)!;
    return [name, weightOf(file.tensors[own]!, own, what)] as const;
  });
  const shapes = parameterShapes(config);
  return Object.fromEntries(values.map(([name, numbers]) => [name, tf.tensor(numbers, [...shapes[name]!])]));
}

/** A weight's numbers, which must be there and as many as its shape says: else the file could not be read again. */
function valuesOf(parameters: Readonly<Record<string, Float32Array>>, name: string, shape: readonly number[]) {
  const values = parameters[name];
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length === size) return values;
  throw new InputError(
    `The configuration means ${name} of shape ${describeShape(shape)}, which is ${size} numbers; ${values?.length ?? 'none'} ${values?.length === 1 ? 'was' : 'were'} given.`,
  );
}

/**
 * A model's weights as the entries of a safetensors file, with the references' prefix and rotary buffer.
 * @throws InputError if a weight is missing or does not fit the configuration
 */
export function entriesFrom(
  parameters: Readonly<Record<string, Float32Array>>,
  config: DitConfig,
): Record<string, SafetensorsEntry> {
  const shapes = parameterShapes(config);
  const frequencies = inverseFrequencies(config.hidden / config.heads);
  return Object.fromEntries([
    ...Object.entries(shapes).map(([name, shape]): [string, SafetensorsEntry] => [
      `backbone.${name}`,
      fromFloat32(valuesOf(parameters, name, shape), shape),
    ]),
    ['backbone.rotary_emb.inv_freq', fromFloat32(frequencies, [frequencies.length])],
  ]);
}
