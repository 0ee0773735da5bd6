import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion/errors';

/** Which hub it is, who asks, and where what is pulled is kept. */
export interface HubSettings {
  /** Address without a slash at its end. */
  readonly endpoint: string;
  /** Begins with `hf_`; absent: nobody is told who asks. */
  readonly token?: string;
  /** Folder in which Python's `huggingface_hub` keeps its files as well. */
  readonly cache: string;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const isOn = (value: string | undefined): boolean => ['1', 'on', 'yes', 'true'].includes((value ?? '').toLowerCase());

/** The folder of everything, such as `~/.cache/huggingface`. */
const homeOf = ({ HF_HOME, XDG_CACHE_HOME }: Environment): string =>
  HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');

/** The folder in which models are kept that were pulled: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in the user's cache. */
export const hubCacheFolder = (environment: Environment = process.env): string =>
  environment['HF_HUB_CACHE'] ?? environment['HUGGINGFACE_HUB_CACHE'] ?? join(homeOf(environment), 'hub');

/** The token of a variable, else of the file that `hf auth login` writes. */
function tokenOf(environment: Environment): string | undefined {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH } = environment;
  const file = HF_TOKEN_PATH ?? join(homeOf(environment), 'token');
  const token = (HF_TOKEN || HUGGING_FACE_HUB_TOKEN || (existsSync(file) ? readFileSync(file, 'utf8') : '')).trim();
  if (token && !token.startsWith('hf_'))
    throw new InputError('The token for the Hub does not begin with "hf_"; set HF_TOKEN to one of your account.');
  return token || undefined;
}

/**
 * Settings as Python's `huggingface_hub` takes them from the environment: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_CACHE`, `HF_HOME`,
 * `HF_HUB_OFFLINE`, and the token's file.
 * @throws InputError for an address or a token that cannot be one
 * Source: huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubSettings(environment: Environment = process.env): HubSettings {
  const endpoint = (environment['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(endpoint))
    throw new InputError(`HF_ENDPOINT is ${JSON.stringify(endpoint)}, which is no address; it begins with https://.`);
  const [token, cache] = [tokenOf(environment), hubCacheFolder(environment)];
  return { endpoint, token, cache, offline: isOn(environment['HF_HUB_OFFLINE']) };
}
