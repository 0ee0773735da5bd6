import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import { isCheckpoint } from './model-files';
import { type Repository, isCommit } from './repository';

/**
 * The folder of a repository in the cache: contents under `blobs` by their hash, `refs` from branches to commits, and a folder
 * of links for each commit under `snapshots`.
 * Source: huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export const repositoryFolder = (cache: string, { name }: Pick<Repository, 'name'>): string =>
  join(cache, `models--${name.replace('/', '--')}`);

/** Where a content is, or will be. */
export const blobPath = (folder: string, hash: string): string => join(folder, 'blobs', hash);

/** The folder of a commit. */
export const snapshotPath = (folder: string, commit: string): string => join(folder, 'snapshots', commit);

const referencePath = (folder: string, revision: string): string => join(folder, 'refs', ...revision.split('/'));

/** The commit that a revision meant when it was pulled last; undefined where it was not. */
async function commitOf(folder: string, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const commit = (await readFile(referencePath(folder, revision), 'utf8').catch(() => '')).trim();
  return isCommit(commit) ? commit : undefined;
}

/** Keeps which commit a revision means. */
export const keepReference = (folder: string, revision: string, commit: string): Promise<void> =>
  isCommit(revision) ? Promise.resolve() : writeFileAtomically(referencePath(folder, revision), commit);

/** Shows a content under its name in the folder of a commit: by a link, or by a copy where links are not to be had. */
export async function showInSnapshot(folder: string, commit: string, path: string, hash: string): Promise<void> {
  const [blob, shown] = [blobPath(folder, hash), join(snapshotPath(folder, commit), path)];
  if (existsSync(shown)) return;
  await mkdir(dirname(shown), { recursive: true });
  // A link to a content that is gone.
  await rm(shown, { force: true });
  await symlink(relative(dirname(shown), blob), shown).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    if (error.code === 'EPERM' || error.code === 'ENOSYS') return copyFile(blob, shown);
    throw error;
  });
}

const tellsModel = (name: string): boolean => name === 'config.json' || isCheckpoint(name);

/** A model of the cache. */
export interface CachedModel {
  readonly folder: string;
  readonly commit: string;
}

/**
 * A model that was fetched before, by this package, Python's `huggingface_hub` or the `hf` command.
 * @returns undefined where it was not, or with neither a configuration nor a checkpoint, which has its own
 */
export async function cachedModel(cache: string, repository: Repository): Promise<CachedModel | undefined> {
  const folder = repositoryFolder(cache, repository);
  const commit = await commitOf(folder, repository.revision);
  if (commit === undefined) return undefined;
  const snapshot = snapshotPath(folder, commit);
  const names = await readdir(snapshot).catch(() => []);
  return names.some(tellsModel) ? { folder: snapshot, commit } : undefined;
}
