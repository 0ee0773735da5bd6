import { InputError, isInputError } from '@idlm/core-diffusion/errors';
import { EnvHttpProxyAgent, fetch as request } from 'undici';

/** A connection that could not be made, or broke: what is in the cache may do. */
export class HubUnreachable extends InputError {}

/** The innermost reason of a failed request, such as `ENOTFOUND`. */
export function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message: string };
  return typeof cause === 'object' && cause !== null ? reasonOf(cause) : (code ?? message);
}

/** A way to the Hub that is closed after use, so that no idle connection keeps a process. */
export interface HubNetwork {
  /** @throws HubUnreachable where there is no answer */
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

/** Opens a way through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`), which Node's own `fetch` passes by. */
export function openNetwork(signal?: AbortSignal): HubNetwork {
  const dispatcher = new EnvHttpProxyAgent();
  const through: unknown = async (url: string | URL, init: Parameters<typeof request>[1]) => {
    try {
      return await request(url, { signal, ...init, dispatcher });
    } catch (error) {
      signal?.throwIfAborted();
      throw new HubUnreachable(
        `${new URL(url).origin} cannot be reached (${reasonOf(error)}): check the network, the proxy and HF_ENDPOINT.`,
      );
    }
  };
  return { fetch: through as typeof fetch, close: () => dispatcher.destroy() };
}

/** What an answer of the Hub that is no success means. */
const MEANINGS: Readonly<Record<number, string>> = {
  401: 'it needs a token: set HF_TOKEN to one of an account that may read it',
  403: 'the token may not do that: accept its terms on its page, or set HF_TOKEN to one that may',
  404: 'there is no such repository or revision, or it is private: check the name, or set HF_TOKEN',
  429: 'too much was asked at once: wait some minutes and run the command again',
};

/**
 * An error of the Hub's library as a sentence.
 * @param what was asked for, such as `org/name at main`
 */
export function hubError(error: unknown, what: string): unknown {
  if (isInputError(error)) return error;
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode === undefined) return error;
  const meaning = MEANINGS[statusCode] ?? `${message.split('\n')[0]!.replace(/\.$/, '')}; try again later`;
  return new InputError(`The Hub answered ${statusCode} for ${what}: ${meaning}.`);
}
