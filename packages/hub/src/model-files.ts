import { InputError, parseJson } from '@idlm/core-diffusion/errors';
import { WEIGHTS_FILE, WEIGHTS_INDEX_FILE, isCompanionFile, weightMapOf } from '@idlm/core-diffusion/node';

/** A file of a repository. */
export interface RepositoryFile {
  /** Where it is in the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What its content is known by, and named by in the cache: sha256 for large files, git's sha1 for others. */
  readonly hash: string;
}

/** Files of a model folder at the root of a repository beside its weights: configuration, card, and what goes with any model. */
const isBesideWeights = (path: string): boolean => ['config.json', 'README.md'].includes(path) || isCompanionFile(path);

/** Whether a file belongs to a model folder: neither code nor the state of a training. @param weights files of its weights */
export const isModelFile = (path: string, weights: readonly string[]): boolean =>
  weights.includes(path) || isBesideWeights(path);

/** Whether a file is a checkpoint of a trainer, which is read where there are no safetensors. */
export const isCheckpoint = (path: string): boolean => /^[^/]+\.ckpt$/.test(path);

/**
 * The files of weights among those of a folder: the one file, else the index and the shards that it names.
 * @param readIndex reads the index, which is asked for only where it is there and decides
 * @throws InputError for an index that is none, or names a file that is not there
 */
export async function weightsAmong(
  names: readonly string[],
  readIndex: () => Promise<string>,
  what: string,
): Promise<readonly string[]> {
  if (names.includes(WEIGHTS_FILE)) return [WEIGHTS_FILE];
  if (!names.includes(WEIGHTS_INDEX_FILE)) return [];
  const map = weightMapOf(parsed(await readIndex()));
  if (typeof map === 'string') throw new InputError(`${WEIGHTS_INDEX_FILE} of ${what} ${map}.`);
  const shards = [...new Set(map.values())].sort();
  const missing = shards.find((shard) => !names.includes(shard));
  if (missing) throw new InputError(`${WEIGHTS_INDEX_FILE} of ${what} names ${missing}, which is not there.`);
  return [WEIGHTS_INDEX_FILE, ...shards];
}

/** Whether a path stays below the folder that it is put into, on every system. */
const staysBelow = (path: string): boolean =>
  path !== '' && !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** JSON as a value; undefined for what is none. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The checkpoint of a repository that has no other weights. @throws InputError listing several, and naming one that is asked for in vain */
function checkpointOf(checkpoints: readonly string[], name: string, asked: string | undefined): string | undefined {
  if (asked !== undefined && !checkpoints.includes(asked))
    throw new InputError(
      `${name} holds no checkpoint ${asked}; ${checkpoints.length ? `it holds ${checkpoints.join(', ')}` : 'it holds none'}.`,
    );
  if (asked === undefined && checkpoints.length > 1)
    throw new InputError(
      `${name} holds several checkpoints; choose one: ${checkpoints.map((path) => `idlm pull ${name} --file ${path}`).join(', ')} (file of pullModel).`,
    );
  return asked ?? checkpoints[0];
}

/** How the files of a model are chosen. */
export interface ModelFilesChoice {
  /** The checkpoint that is wanted of several. */
  readonly file?: string;
  /** Reads the index of weights. */
  readIndex(): Promise<string>;
}

/**
 * The files of a repository that make its model.
 * @param name the repository in messages
 * @throws InputError if a file's name would lead out of its folder, for repositories without a model that is read, and for several checkpoints
 * of which none is chosen
 */
export async function modelFilesOf(
  files: readonly RepositoryFile[],
  name: string,
  { file, readIndex }: ModelFilesChoice,
): Promise<RepositoryFile[]> {
  const outside = files.find(({ path }) => !staysBelow(path));
  if (outside)
    throw new InputError(
      `${name} holds a file of the name ${JSON.stringify(outside.path)}, which would lead out of its folder; nothing was written.`,
    );
  const names = files.map(({ path }) => path);
  const checkpoints = names.filter(isCheckpoint);
  const isChosen = file !== undefined || !names.some((path) => path === WEIGHTS_FILE || path === WEIGHTS_INDEX_FILE);
  const checkpoint = isChosen ? checkpointOf(checkpoints, name, file) : undefined;
  const weights = checkpoint === undefined ? await weightsAmong(names, readIndex, name) : [checkpoint];
  if (weights.length) return files.filter(({ path }) => isModelFile(path, weights));
  const found = files.map(({ path }) => path).slice(0, 5);
  throw new InputError(
    `${name} holds no model.safetensors${found.length ? ` (but ${found.join(', ')}${files.length > 5 ? ', …' : ''})` : ', and no other file'}; name a repository whose root is a model.`,
  );
}
