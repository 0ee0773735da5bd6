import { existsSync, readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, type Response, fetch } from 'undici';
import { InputError } from '../errors';
import type { IndexSettings } from './settings';

function dispatcher({ certificate, proxy }: IndexSettings): EnvHttpProxyAgent {
  const ca =
    certificate && existsSync(certificate) ? [...rootCertificates, readFileSync(certificate, 'utf8')] : undefined;
  return new EnvHttpProxyAgent({
    ...(proxy ? { httpProxy: proxy, httpsProxy: proxy } : {}),
    connect: { ca },
    requestTls: { ca },
  });
}

/** Name and password of an address travel in a header; `fetch` refuses them in the address. */
function withoutCredentials(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  if (!url.username) return { url, headers: {} };
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** The innermost reason of a failed request, such as `ENOTFOUND`. */
function reasonOf(error: unknown): string {
  let inner = error as Error & { code?: string };
  while (inner.cause instanceof Error) inner = inner.cause as typeof inner;
  return inner.code ?? inner.message;
}

/**
 * Requests a file through the user's proxy and certificates, following redirects.
 * @throws InputError if it cannot be had
 */
export async function request(
  address: string,
  settings: IndexSettings,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { url, headers: credentials } = withoutCredentials(address);
  let response: Response;
  try {
    response = await fetch(url, { dispatcher: dispatcher(settings), headers: { ...headers, ...credentials } });
  } catch (error) {
    throw new InputError(
      `${url.origin} cannot be reached (${reasonOf(error)}): check the network and the proxy, or give a wheel with --from.`,
    );
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new InputError(
      `${url.origin}${url.pathname} answered ${response.status}: check --index-url and its login, or give a wheel with --from.`,
    );
  }
  return response;
}
