import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { NetworkDescription, Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { locateWeights, weightOf } from '../hub/weights';
import { shapesOf } from '../registry';
import { unreadable } from './read-file';
import { isTorchFile } from './find-model';
import { openWeights } from './open-weights';
import { weightsPaths } from './weights-source';

/** The weights of a folder, and the metadata of a file that holds all of them. */
export interface LoadedWeights {
  readonly parameters: Parameters;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The weights of a network in files, each read when it is asked for. */
export interface NetworkWeights {
  /** The metadata of a file that holds all of them. */
  readonly metadata: Readonly<Record<string, string>>;
  /** A weight by the network's own name, row-major. @throws InputError if it is damaged */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens the weights of a network. The caller closes it.
 * @param model a model folder, or a checkpoint of PyTorch, whose running average is taken where it has one
 * @throws InputError for files that are missing, damaged or unlike their index, and as `locateWeights`
 */
export async function openNetworkWeights(model: string, network: NetworkDescription): Promise<NetworkWeights> {
  const source = await openWeights(model);
  try {
    const names = locateWeights(source, shapesOf(network), network.type, source.path);
    return {
      metadata: source.metadata,
      async read(name) {
        const own = names.get(name)!;
        return weightOf(await source.read(own), own, source.fileOf(own));
      },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readTensor({ read }: NetworkWeights, name: string, shape: readonly number[]): Promise<tf.Tensor> {
  return tf.tensor(await read(name), [...shape]);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * Reads a model's weights, one tensor after another; the caller owns them.
 * @param model a model folder, or a checkpoint of PyTorch, whose running average is taken where it has one
 * @throws InputError as `openNetworkWeights`, and for weights that are damaged
 */
export async function readWeights(model: string, network: NetworkDescription): Promise<LoadedWeights> {
  const weights = await openNetworkWeights(model, network);
  const parameters: Record<string, tf.Tensor> = {};
  try {
    const shapes = shapesOf(network);
    // The largest first: a tensor is there twice while it goes to the device, which costs least while the others are not.
    const bySize = Object.entries(shapes).sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
    for (const [name, shape] of bySize) parameters[name] = await readTensor(weights, name, shape);
    const inOrder = Object.keys(shapes).map((name) => [name, parameters[name]!] as const);
    return { parameters: Object.fromEntries(inOrder), metadata: weights.metadata };
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  } finally {
    await weights.close();
  }
}

/** sha256 of a file, without holding it in memory. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return hash.digest('hex');
}

/**
 * sha256 of a model folder's weights, in hexadecimal: that of `model.safetensors`, or of the hashes of its shards in the order
 * of their names; of a checkpoint of PyTorch that of the file.
 * @param model a model folder, or a checkpoint
 * @throws InputError if a file is missing or cannot be read
 */
export async function hashWeights(model: string): Promise<string> {
  if (isTorchFile(model)) return hashFile(model);
  const { paths, index } = await weightsPaths(model);
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await hashFile(path));
  return index ? createHash('sha256').update(hashes.join('\n')).digest('hex') : hashes[0]!;
}
