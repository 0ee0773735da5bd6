import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { locateWeights } from '../hub/weights';
import { shapesOf } from '../networks/registry';
import type { WeightsSource } from './weights-source';
import type { ModelDescription } from './model-description';

/** What a model's files hold. */
export interface ModelInspection {
  /** Numbers of its weights by the type in which they lie. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Tensors of the files, and those of them that are no weights, such as computed buffers. */
  readonly tensors: number;
  readonly buffers: readonly string[];
  /** The files with their sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** What is out of the ordinary, in sentences. */
  readonly odd: readonly string[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What is odd about the types of weights. */
function oddTypes(numbers: Readonly<Record<string, number>>): string[] {
  const types = Object.keys(numbers);
  return types.length > 1 ? [`Weights are of several types, ${types.join(' and ')}; all are read as float32.`] : [];
}

/**
 * Looks at a model's files without reading its weights: each that its network has must be there, in its shape.
 * @throws InputError for a tensor that is missing, extra or of another shape
 */
export async function inspectWeights(
  source: WeightsSource,
  { network, assumed }: ModelDescription,
): Promise<ModelInspection> {
  const shapes = shapesOf(network);
  const names = locateWeights(source.tensors, shapes, network.type, source.path);
  const numbers: Record<string, number> = {};
  for (const own of names.values()) {
    const { dtype, shape } = source.tensors[own]!;
    numbers[dtype] = (numbers[dtype] ?? 0) + sizeOf(shape);
  }
  const weights = new Set(names.values());
  const files = source.files.map(async (path) => ({ name: basename(path), bytes: (await stat(path)).size }));
  return {
    numbers,
    tensors: Object.keys(source.tensors).length,
    buffers: Object.keys(source.tensors).filter((name) => !weights.has(name)),
    files: await Promise.all(files),
    odd: [...assumed, ...oddTypes(numbers)],
  };
}
