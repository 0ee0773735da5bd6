import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, modelInfo } from '@huggingface/hub';
import { InputError } from '@idlm/core-diffusion/errors';
import { WEIGHTS_INDEX_FILE } from '@idlm/core-diffusion/node';
import {
  type CachedModel,
  blobPath,
  cachedModel,
  keepReference,
  repositoryFolder,
  showInSnapshot,
  snapshotPath,
} from './cache';
import { type DownloadOptions, downloadFile } from './download';
import { type RepositoryFile, isCheckpoint, modelFilesOf } from './model-files';
import { type HubNetwork, HubUnreachable, hubError, openNetwork } from './network';
import { type Repository, parseRepository } from './repository';
import { type HubSettings, hubSettings } from './settings';

/** How far a pull is. */
export interface PullProgress {
  /** The file that comes. */
  readonly path: string;
  /** Bytes that are there, of all files, and of how many. */
  readonly bytes: number;
  readonly total: number;
}

/** What a model is pulled with. */
export interface PullOptions {
  /** A branch, a tag or a commit, where the name has none behind `@` (default `main`). */
  readonly revision?: string;
  /** The checkpoint (`.ckpt`) to take, of a repository that holds several, or has safetensors too. */
  readonly file?: string;
  /** Default: those of the environment. */
  readonly settings?: HubSettings;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

/** A model that is on this machine. */
export interface PulledModel extends CachedModel {
  /** The path of the checkpoint that is the model; absent where it is a folder of safetensors. */
  readonly checkpoint?: string;
  /** Why it is the one of the cache and was not compared with the Hub's, in a sentence; absent where it was. */
  readonly note?: string;
}

interface Connection {
  readonly settings: HubSettings;
  readonly fetch: typeof fetch;
  readonly access: { readonly hubUrl: string; readonly fetch: typeof fetch; readonly accessToken?: string };
}

function connectionOver({ fetch }: HubNetwork, settings: HubSettings): Connection {
  const { endpoint: hubUrl, token: accessToken } = settings;
  return { settings, fetch, access: { hubUrl, fetch, ...(accessToken ? { accessToken } : {}) } };
}

/** @throws InputError for what is no sha1 or sha256: contents are named by it in the cache */
function requireHash(hash: string | undefined, path: string, name: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash ?? '')) return hash!;
  throw new InputError(
    `${name} lists ${path} with ${hash === undefined ? 'no hash' : `the hash ${JSON.stringify(hash)}`}, by which nothing can be checked; nothing was written. Check HF_ENDPOINT.`,
  );
}

/** The commit of a revision, and all its files. */
async function listRepository({ access }: Connection, { name, revision }: Repository) {
  const { sha } = await modelInfo({ ...access, name, revision, additionalFields: ['sha'] });
  const files: RepositoryFile[] = [];
  for await (const { type, path, size, oid, lfs } of listFiles({
    ...access,
    repo: name,
    revision: sha,
    recursive: true,
  }))
    if (type === 'file') files.push({ path, size: lfs?.size ?? size, hash: requireHash(lfs?.oid ?? oid, path, name) });
  return { commit: sha, files };
}

const isThere = async (path: string, { size }: RepositoryFile): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.size === size;

/** @throws InputError unless the disk has room for what is to come */
async function requireRoom(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    throw new InputError(
      `${folder} has room for ${Math.floor((bavail * bsize) / 1e6)} MB, and ${Math.ceil(bytes / 1e6)} MB are to come; make room, or set HF_HUB_CACHE to another folder.`,
    );
}

/** Downloads the content of a file. */
function fetchContent(
  { settings, fetch }: Connection,
  { name }: Repository,
  { commit, file }: { readonly commit: string; readonly file: RepositoryFile },
  { signal, onBytes }: Pick<DownloadOptions, 'signal' | 'onBytes'>,
): Promise<void> {
  const headers: Record<string, string> = settings.token ? { Authorization: `Bearer ${settings.token}` } : {};
  const url = `${settings.endpoint}/${name}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`;
  const target = blobPath(repositoryFolder(settings.cache, { name }), file.hash);
  return downloadFile(url, target, file, { fetch, headers, signal, onBytes });
}

/** The files of the model among those of a repository. */
function chooseFiles(
  connection: Connection,
  repository: Repository,
  { commit, files }: { readonly commit: string; readonly files: readonly RepositoryFile[] },
  { file, signal }: PullOptions,
): Promise<RepositoryFile[]> {
  const readIndex = async () => {
    const index = files.find(({ path }) => path === WEIGHTS_INDEX_FILE)!;
    const target = blobPath(repositoryFolder(connection.settings.cache, repository), index.hash);
    if (!(await isThere(target, index)))
      await fetchContent(connection, repository, { commit, file: index }, { signal });
    return readFile(target, 'utf8');
  };
  return modelFilesOf(files, repository.name, { file, readIndex });
}

/** Downloads what is missing, and shows all of it under the commit. */
async function fetchFiles(
  connection: Connection,
  repository: Repository,
  { commit, files }: { readonly commit: string; readonly files: readonly RepositoryFile[] },
  { signal, onProgress }: PullOptions,
): Promise<string> {
  const folder = repositoryFolder(connection.settings.cache, repository);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const missing = [];
  for (const file of files) if (!(await isThere(blobPath(folder, file.hash), file))) missing.push(file);
  let bytes = total - missing.reduce((sum, { size }) => sum + size, 0);
  await requireRoom(folder, total - bytes);
  for (const file of missing) {
    const { path, size } = file;
    const before = bytes;
    const onBytes = (of: number) => onProgress?.({ path, bytes: before + of, total });
    await fetchContent(connection, repository, { commit, file }, { signal, onBytes });
    bytes += size;
  }
  for (const { path, hash } of files) await showInSnapshot(folder, commit, path, hash);
  return snapshotPath(folder, commit);
}

/** The model of the cache, where the Hub is not to be asked or does not answer. @throws the reason where there is none */
async function fromCache(
  { settings = hubSettings(), file }: PullOptions,
  repository: Repository,
  reason: InputError,
): Promise<PulledModel> {
  const found = await cachedModel(settings.cache, repository);
  if (!found || (file !== undefined && !existsSync(join(found.folder, file)))) throw reason;
  const note = `${repository.name} is that of the cache (commit ${found.commit.slice(0, 8)}): ${reason.message}`;
  return { ...found, ...(file === undefined ? {} : { checkpoint: join(found.folder, file) }), note };
}

/**
 * A model of the Hugging Face Hub, as a folder on this machine: what is there is not fetched again, what broke off goes on, and
 * every file has the hash that the Hub tells. The folder lies in the Hub's own cache, so that Python finds it, and what Python
 * has fetched is found.
 * @param name `organisation/name`, also with `@revision`
 * @throws InputError if there is no such model, it holds several checkpoints and none is chosen, it may not be read, a file is not what the Hub lists, or neither the Hub nor the
 * cache has it
 * @example
 * ```ts no-run: asks the Hugging Face Hub
 * import { pullModel } from '@idlm/hub';
 *
 * const { folder } = await pullModel('kuleshov-group/mdlm-owt');
 * ```
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const repository = parseRepository(name, options.revision);
  const settings = options.settings ?? hubSettings();
  if (settings.offline)
    return fromCache(options, repository, new InputError(`HF_HUB_OFFLINE is set, and the Hub is not asked.`));
  const network = openNetwork(options.signal);
  try {
    const connection = connectionOver(network, settings);
    const listed = await listRepository(connection, repository);
    const files = await chooseFiles(connection, repository, listed, options);
    const model = { commit: listed.commit, files };
    const folder = await fetchFiles(connection, repository, model, options);
    const checkpoint = files.find(({ path }) => isCheckpoint(path));
    await keepReference(repositoryFolder(settings.cache, repository), repository.revision, model.commit);
    return { folder, commit: model.commit, ...(checkpoint ? { checkpoint: join(folder, checkpoint.path) } : {}) };
  } catch (error) {
    options.signal?.throwIfAborted();
    const told = hubError(error, `${repository.name} at ${repository.revision}`);
    if (told instanceof HubUnreachable) return await fromCache(options, repository, told);
    throw told;
  } finally {
    await network.close();
  }
}
