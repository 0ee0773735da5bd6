import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import { locateWeights, weightOf } from '../hub/weights';
import { shapesOf } from '../networks/registry';
import { readJson, unreadable } from './read-file';
import { type WeightsFile, openWeightsFile } from './weights-file';

/** The one file of a model's weights. */
export const WEIGHTS = 'model.safetensors';

/** What says which of several files holds each tensor. */
export const INDEX = 'model.safetensors.index.json';

/** The files of a folder's weights. */
interface WeightsPaths {
  readonly paths: readonly string[];
  /** The index and what it says, shards by tensor; absent where there is one file. */
  readonly index?: { readonly path: string; readonly map: ReadonlyMap<string, string> };
}

/** Names of tensors and the shards that hold them. */
async function readWeightMap(path: string): Promise<Map<string, string>> {
  const map = ((await readJson(path)) as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null)
    throw new InputError(`${path} has no weight_map, which says what shard holds each tensor.`);
  const entries = Object.entries(map as Record<string, unknown>);
  const wrong = entries.find(([, shard]) => typeof shard !== 'string' || /[\\/]/.test(shard));
  if (wrong) throw new InputError(`${path} names the shard ${String(wrong[1])}; shards are files of the same folder.`);
  return new Map(entries as [string, string][]);
}

/** `model.safetensors`, or the shards of its index only where that is missing. */
async function weightsPaths(folder: string): Promise<WeightsPaths> {
  const [single, path] = [join(folder, WEIGHTS), join(folder, INDEX)];
  if (existsSync(single) || !existsSync(path)) return { paths: [single] };
  const map = await readWeightMap(path);
  const shards = [...new Set(map.values())].sort();
  const missing = shards.find((shard) => !existsSync(join(folder, shard)));
  if (missing) throw new InputError(`${path} names the shard ${missing}, which ${folder} lacks; fetch it too.`);
  return { paths: shards.map((shard) => join(folder, shard)), index: { path, map } };
}

/** @throws InputError unless each tensor is in the shard that the index says, and in no other */
function checkIndex(folder: string, { index }: WeightsPaths, files: readonly WeightsFile[]): void {
  if (!index) return;
  const { path, map } = index;
  for (const file of files)
    for (const name of Object.keys(file.tensors)) {
      const shard = map.get(name);
      if (shard === undefined || join(folder, shard) !== file.path)
        throw new InputError(`${file.path} holds ${name}, which ${path} places in ${shard ?? 'no shard'}.`);
    }
  for (const [name, shard] of map) {
    const file = files.find((one) => one.path === join(folder, shard))!;
    if (!Object.hasOwn(file.tensors, name))
      throw new InputError(`${path} places ${name} in ${shard}, which has no such tensor; fetch both again.`);
  }
}

/** Opens the files of a folder's weights for as long as `use` takes. */
async function withWeights<T>(folder: string, use: (files: readonly WeightsFile[]) => Promise<T>): Promise<T> {
  const found = await weightsPaths(folder);
  const files: WeightsFile[] = [];
  try {
    for (const path of found.paths) files.push(await openWeightsFile(path));
    checkIndex(folder, found, files);
    return await use(files);
  } finally {
    for (const file of files) await file.close();
  }
}

/** The weights of a folder, and the metadata of a file that holds all of them. */
export interface LoadedWeights {
  readonly parameters: Parameters;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a folder's weights, one tensor after another; the caller owns them.
 * @throws InputError for files that are missing, damaged or unlike their index, and as `locateWeights` and `weightOf`
 */
export const readWeights = (folder: string, network: NetworkDescription): Promise<LoadedWeights> =>
  withWeights(folder, async (files) => {
    const fileOf = new Map(files.flatMap((file) => Object.keys(file.tensors).map((name) => [name, file] as const)));
    const layouts = Object.fromEntries(files.flatMap(({ tensors }) => Object.entries(tensors)));
    const shapes = shapesOf(network);
    const names = locateWeights(layouts, shapes, network.type, files.length === 1 ? files[0]!.path : folder);
    const parameters: Record<string, tf.Tensor> = {};
    try {
      for (const [name, shape] of Object.entries(shapes)) {
        const own = names.get(name)!;
        const file = fileOf.get(own)!;
        parameters[name] = tf.tensor(weightOf(await file.read(own), own, file.path), [...shape]);
      }
    } catch (error) {
      tf.dispose(parameters);
      throw error;
    }
    return { parameters, metadata: files.length === 1 ? files[0]!.metadata : {} };
  });

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
 * of their names.
 * @throws InputError if a file is missing or cannot be read
 */
export async function hashWeights(folder: string): Promise<string> {
  const { paths, index } = await weightsPaths(folder);
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await hashFile(path));
  return index ? createHash('sha256').update(hashes.join('\n')).digest('hex') : hashes[0]!;
}
