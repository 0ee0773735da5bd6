import { mkdir, stat, statfs } from 'node:fs/promises';
import { listFiles, modelInfo } from '@huggingface/hub';
import { InputError } from '@idlm/core-diffusion/errors';
import {
  type CachedModel,
  blobPath,
  cachedModel,
  keepReference,
  repositoryFolder,
  showInSnapshot,
  snapshotPath,
} from './cache';
import { downloadFile } from './download';
import { type RepositoryFile, modelFilesOf } from './model-files';
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
  /** Default: those of the environment. */
  readonly settings?: HubSettings;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

/** A model that is on this machine. */
export interface PulledModel extends CachedModel {
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

/** The commit of a revision, and the files of its model. */
async function listModel({ access }: Connection, { name, revision }: Repository) {
  const { sha } = await modelInfo({ ...access, name, revision, additionalFields: ['sha'] });
  const files: RepositoryFile[] = [];
  for await (const { type, path, size, oid, lfs } of listFiles({
    ...access,
    repo: name,
    revision: sha,
    recursive: true,
  }))
    if (type === 'file') files.push({ path, size: lfs?.size ?? size, hash: requireHash(lfs?.oid ?? oid, path, name) });
  return { commit: sha, files: modelFilesOf(files, name) };
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

/** Downloads what is missing, and shows all of it under the commit. */
async function fetchFiles(
  { settings, fetch }: Connection,
  { name }: Repository,
  { commit, files }: { readonly commit: string; readonly files: readonly RepositoryFile[] },
  { signal, onProgress }: PullOptions,
): Promise<string> {
  const folder = repositoryFolder(settings.cache, { name });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const headers: Record<string, string> = settings.token ? { Authorization: `Bearer ${settings.token}` } : {};
  const missing = [];
  for (const file of files) if (!(await isThere(blobPath(folder, file.hash), file))) missing.push(file);
  let bytes = total - missing.reduce((sum, { size }) => sum + size, 0);
  await requireRoom(folder, total - bytes);
  for (const file of missing) {
    const { path, size, hash } = file;
    const before = bytes;
    const url = `${settings.endpoint}/${name}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
    const onBytes = (of: number) => onProgress?.({ path, bytes: before + of, total });
    await downloadFile(url, blobPath(folder, hash), file, { fetch, headers, signal, onBytes });
    bytes += size;
  }
  for (const { path, hash } of files) await showInSnapshot(folder, commit, path, hash);
  return snapshotPath(folder, commit);
}

/** The model of the cache, where the Hub is not to be asked or does not answer. @throws the reason where there is none */
async function fromCache(settings: HubSettings, repository: Repository, reason: InputError): Promise<PulledModel> {
  const found = await cachedModel(settings.cache, repository);
  if (!found) throw reason;
  const note = `${repository.name} is that of the cache (commit ${found.commit.slice(0, 8)}): ${reason.message}`;
  return { ...found, note };
}

/**
 * A model of the Hugging Face Hub, as a folder on this machine: what is there is not fetched again, what broke off goes on, and
 * every file has the hash that the Hub tells. The folder lies in the Hub's own cache, so that Python finds it, and what Python
 * has fetched is found.
 * @param name `organisation/name`, also with `@revision`
 * @throws InputError if there is no such model, it may not be read, a file is not what the Hub lists, or neither the Hub nor the
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
    return fromCache(settings, repository, new InputError(`HF_HUB_OFFLINE is set, and the Hub is not asked.`));
  const network = openNetwork(options.signal);
  try {
    const connection = connectionOver(network, settings);
    const model = await listModel(connection, repository);
    const folder = await fetchFiles(connection, repository, model, options);
    await keepReference(repositoryFolder(settings.cache, repository), repository.revision, model.commit);
    return { folder, commit: model.commit };
  } catch (error) {
    options.signal?.throwIfAborted();
    const told = hubError(error, `${repository.name} at ${repository.revision}`);
    if (told instanceof HubUnreachable) return await fromCache(settings, repository, told);
    throw told;
  } finally {
    await network.close();
  }
}
