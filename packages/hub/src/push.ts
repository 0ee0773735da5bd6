import { openAsBlob } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepo, modelInfo, repoExists, uploadFiles } from '@huggingface/hub';
import { InputError } from '@idlm/core-diffusion/errors';
import { WEIGHTS_INDEX_FILE } from '@idlm/core-diffusion/node';
import { isModelFile, weightsAmong } from './model-files';
import { hubError, openNetwork } from './network';
import { parseRepository } from './repository';
import { type HubSettings, hubSettings } from './settings';

/** What a model is pushed with. */
export interface PushOptions {
  /** A branch (default `main`). */
  readonly revision?: string;
  /** Title of the commit. */
  readonly message?: string;
  /** Whether a repository that is made now is private (default false); one that is there must be. */
  readonly private?: boolean;
  /** Further files of the folder, such as a modelling file. */
  readonly also?: (name: string) => boolean;
  /** Default: those of the environment. */
  readonly settings?: HubSettings;
  readonly signal?: AbortSignal;
}

/** What was pushed. */
export interface PushedModel {
  readonly commit: string;
  /** Address of the commit. */
  readonly url: string;
  readonly files: readonly string[];
}

/**
 * Pushes a model folder to the Hugging Face Hub in one commit: configuration, weights, tokenizer and card, and nothing that a
 * training keeps for itself. A repository that is not there is made.
 * @param folder a model folder
 * @param name `organisation/name`
 * @throws InputError without a token, for a folder without a model, for a public repository that is to be private, and if the Hub refuses
 */
export async function pushModel(folder: string, name: string, options: PushOptions = {}): Promise<PushedModel> {
  const { message, signal, also = () => false } = options;
  const repository = parseRepository(name, options.revision);
  const { endpoint: hubUrl, token: accessToken } = options.settings ?? hubSettings();
  if (!accessToken)
    throw new InputError(
      'To push a model needs a token that may write: set HF_TOKEN (made on the page of your account).',
    );
  const names = await readdir(folder);
  const weights = await weightsAmong(names, () => readFile(join(folder, WEIGHTS_INDEX_FILE), 'utf8'), folder);
  const files = names.filter((file) => isModelFile(file, weights) || also(file)).sort();
  if (!files.includes('config.json') || !weights.length)
    throw new InputError(`${folder} holds no model (config.json, model.safetensors), so that nothing was pushed.`);
  const network = openNetwork(signal);
  const access = { hubUrl, accessToken, fetch: network.fetch, repo: repository.name };
  try {
    if (!(await repoExists({ ...access })))
      await createRepo({ ...access, visibility: options.private ? 'private' : 'public' });
    else if (options.private && !(await modelInfo({ ...access, name: repository.name })).private)
      throw new InputError(
        `${repository.name} is there and public, so that nothing was pushed; make it private on its page, or push without asking for that.`,
      );
    const uploaded = await uploadFiles({
      ...access,
      files: await Promise.all(files.map(async (path) => ({ path, content: await openAsBlob(join(folder, path)) }))),
      branch: repository.revision,
      commitTitle: message ?? `Upload ${files.length} files of a model`,
      abortSignal: signal,
      useXet: false,
    });
    // Only uploads to buckets make no commit.
    const { oid, url } = uploaded!.commit;
    return { commit: oid, url, files };
  } catch (error) {
    signal?.throwIfAborted();
    throw hubError(error, repository.name);
  } finally {
    await network.close();
  }
}
