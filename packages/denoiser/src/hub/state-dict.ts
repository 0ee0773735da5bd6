import { InputError, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { DitConfig } from '../dit/config';
import { parameterShapes } from '../dit/parameters';
import { inverseFrequencies } from '../layers/rotary';
import type { SafetensorsEntry, SafetensorsFile } from '../safetensors/format';
import { fromFloat32, toFloat32 } from '../safetensors/numbers';

/** Buffer of the references that is computed, not trained. */
const ROTARY = 'rotary_emb.inv_freq';

/** Names as the references' own modules have them: MDLM and Duo checkpoints wrap the network as `backbone`. */
const withoutPrefix = (name: string): string => name.replace(/^backbone\./, '');

const describeShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function checkShapes(config: DitConfig, entries: ReadonlyMap<string, SafetensorsEntry>, what: string): void {
  const shapes = parameterShapes(config);
  for (const [name, shape] of Object.entries(shapes)) {
    const entry = entries.get(name);
    if (!entry)
      throw new InputError(
        `${what} lacks the tensor ${name}; it holds another architecture than its configuration says.`,
      );
    if (describeShape(entry.shape) !== describeShape(shape)) {
      throw new InputError(
        `${what} has ${name} of shape ${describeShape(entry.shape)} where the configuration means ${describeShape(shape)}.`,
      );
    }
  }
  const extra = [...entries.keys()].find((name) => !Object.hasOwn(shapes, name));
  if (extra)
    throw new InputError(`${what} holds the tensor ${extra}, which the configured architecture does not have.`);
}

/**
 * Weights of a model from a safetensors file, on the device; the caller owns them.
 * @throws InputError if a tensor is missing, extra or of another shape
 */
export function parametersFrom(file: SafetensorsFile, config: DitConfig, what: string): Parameters {
  const trained = Object.entries(file.tensors).filter(([name]) => withoutPrefix(name) !== ROTARY);
  const entries = new Map(trained.map(([name, entry]) => [withoutPrefix(name), entry]));
  checkShapes(config, entries, what);
  return Object.fromEntries(
    Object.keys(parameterShapes(config)).map((name) => {
      const entry = entries.get(name)!;
      return [name, tf.tensor(toFloat32(entry), [...entry.shape])];
    }),
  );
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
    [`backbone.${ROTARY}`, fromFloat32(frequencies, [frequencies.length])],
  ]);
}
