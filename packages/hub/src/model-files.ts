import { InputError } from '@idlm/core-diffusion/errors';

/** A file of a repository. */
export interface RepositoryFile {
  /** Where it is in the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What its content is known by, and named by in the cache: sha256 for large files, git's sha1 for others. */
  readonly hash: string;
}

/**
 * Files of a model folder at the root of a repository: configuration, weights, tokenizer, what an autoregressive model draws first
 * tokens from, and words for people.
 */
const OF_MODEL =
  /^(config\.json|generation_config\.json|model\.safetensors|model\.safetensors\.index\.json|model-\d+-of-\d+\.safetensors|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(json|txt)|merges\.txt|first-token\.json|README\.md|LICENSE(\.\w+)?|NOTICE(\.\w+)?)$/;

/** Whether a file belongs to a model folder: neither code nor the state of a training. */
export const isModelFile = (path: string): boolean => OF_MODEL.test(path);

/** Whether a file holds weights that are read. */
const holdsWeights = (path: string): boolean => path.endsWith('.safetensors');

/** Whether a file is a checkpoint of a trainer, which is read where there are no safetensors. */
export const isCheckpoint = (path: string): boolean => /^[^/]+\.ckpt$/.test(path);

/** Whether a path stays below the folder that it is put into, on every system. */
const staysBelow = (path: string): boolean =>
  path !== '' && !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/**
 * The files of a repository that make its model.
 * @param name the repository in messages
 * @throws InputError if a file's name would lead out of its folder, and for repositories without a model that is read
 */
export function modelFilesOf(files: readonly RepositoryFile[], name: string): RepositoryFile[] {
  const astray = files.find(({ path }) => !staysBelow(path));
  if (astray)
    throw new InputError(
      `${name} holds a file of the name ${JSON.stringify(astray.path)}, which would lead out of its folder; nothing was written.`,
    );
  const ofModel = files.filter(({ path }) => isModelFile(path));
  const checkpoints = files.filter(({ path }) => isCheckpoint(path));
  if (ofModel.some(({ path }) => holdsWeights(path))) return ofModel;
  if (checkpoints.length) return [...ofModel, ...checkpoints];
  const found = files.map(({ path }) => path).slice(0, 5);
  throw new InputError(
    `${name} holds no model.safetensors${found.length ? ` (but ${found.join(', ')}${files.length > 5 ? ', …' : ''})` : ', and no other file'}; name a repository whose root is a model.`,
  );
}
