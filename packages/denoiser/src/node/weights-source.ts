import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { WEIGHTS_FILE, WEIGHTS_INDEX_FILE, weightMapOf } from '@idlm/core-diffusion/node';
import type { SafetensorsEntry, SafetensorsFile, TensorLayout } from '../safetensors/format';
import { readJson } from './read-file';
import { type WeightsFile, openWeightsFile } from './weights-file';

/** Tensors that lie in files and are read one at a time. */
export interface WeightsSource extends Pick<SafetensorsFile, 'metadata'> {
  /** The file, or the folder of several; for messages. */
  readonly path: string;
  readonly tensors: Readonly<Record<string, TensorLayout>>;
  /** The files that hold them. */
  readonly files: readonly string[];
  /** The file that holds a tensor. */
  fileOf(name: string): string;
  /** A tensor, in a buffer of its own. @throws InputError if its file has become shorter */
  read(name: string): Promise<SafetensorsEntry>;
  close(): Promise<void>;
}

/** The files of a folder's weights. */
export interface WeightsPaths {
  readonly paths: readonly string[];
  /** The index and what it says, shards by tensor; absent where there is one file. */
  readonly index?: { readonly path: string; readonly map: ReadonlyMap<string, string> };
}

/** Names of tensors and the shards that hold them. */
async function readWeightMap(path: string): Promise<ReadonlyMap<string, string>> {
  const found = weightMapOf(await readJson(path));
  if (typeof found === 'string') throw new InputError(`${path} ${found}.`);
  if (!found.size) throw new InputError(`${path} places no tensor in any file; fetch it again.`);
  return found;
}

/**
 * `model.safetensors`, or the shards of its index only where that is missing.
 * @throws InputError for an index that is damaged, or names a shard that is missing
 */
export async function weightsPaths(folder: string): Promise<WeightsPaths> {
  const [single, path] = [join(folder, WEIGHTS_FILE), join(folder, WEIGHTS_INDEX_FILE)];
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

/** Several files as one source. */
function sourceOf(folder: string, files: readonly WeightsFile[]): WeightsSource {
  const [first] = files;
  const isOne = files.length === 1;
  const holder = new Map(files.flatMap((file) => Object.keys(file.tensors).map((name) => [name, file] as const)));
  return {
    path: isOne ? first!.path : folder,
    tensors: Object.fromEntries(files.flatMap(({ tensors }) => Object.entries(tensors))),
    metadata: isOne ? first!.metadata : {},
    files: files.map(({ path }) => path),
    fileOf: (name) => holder.get(name)!.path,
    read: (name) => holder.get(name)!.read(name),
    async close() {
      for (const file of files) await file.close();
    },
  };
}

/**
 * Opens the weights of a folder: headers are read, and tensors when they are asked for. The caller closes it.
 * @throws InputError for files that are missing, damaged or unlike their index
 */
export async function openFolderWeights(folder: string): Promise<WeightsSource> {
  const found = await weightsPaths(folder);
  const files: WeightsFile[] = [];
  try {
    for (const path of found.paths) files.push(await openWeightsFile(path));
    checkIndex(folder, found, files);
    return sourceOf(folder, files);
  } catch (error) {
    for (const file of files) await file.close();
    throw error;
  }
}
