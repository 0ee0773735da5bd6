import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { locateWeights } from '../hub/weights';
import { shapesOf } from '../registry';
import type { TensorLayout } from '../safetensors/format';
import { openWeightsFile } from './weights-file';
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

/** What a file of safetensors holds by itself. */
export type FileInspection = Omit<ModelInspection, 'buffers' | 'odd'> & {
  readonly metadata: Readonly<Record<string, string>>;
  /** Shapes by the names of tensors. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What is odd about the types of weights. */
function oddTypes(numbers: Readonly<Record<string, number>>): string[] {
  const types = Object.keys(numbers);
  return [
    ...(types.length > 1 ? [`Weights are of several types, ${types.join(' and ')}; all are read as float32.`] : []),
    ...(types.includes('F64') ? ['Weights of type F64 are rounded to float32 when they are read.'] : []),
  ];
}

/** Numbers by the type in which they lie. */
function numbersByType(tensors: readonly TensorLayout[]): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const { dtype, shape } of tensors) numbers[dtype] = (numbers[dtype] ?? 0) + sizeOf(shape);
  return numbers;
}

const sizesOfFiles = (paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => ({ name: basename(path), bytes: (await stat(path)).size })));

/**
 * Looks at a file of safetensors that need not be that of a model, without reading its tensors.
 * @throws InputError if it cannot be read, or is no valid safetensors file
 */
export async function inspectFile(path: string): Promise<FileInspection> {
  const { tensors, metadata, close } = await openWeightsFile(path);
  await close();
  return {
    numbers: numbersByType(Object.values(tensors)),
    tensors: Object.keys(tensors).length,
    files: await sizesOfFiles([path]),
    metadata,
    shapes: Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
  };
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
  const names = locateWeights(source, shapes, network.type, source.path);
  const numbers = numbersByType([...names.values()].map((own) => source.tensors[own]!));
  const weights = new Set(names.values());
  return {
    numbers,
    tensors: Object.keys(source.tensors).length,
    buffers: Object.keys(source.tensors).filter((name) => !weights.has(name)),
    files: await sizesOfFiles(source.files),
    odd: [...assumed, ...oddTypes(numbers)],
  };
}
