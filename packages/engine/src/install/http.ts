import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, type Response, fetch } from 'undici';
import { InputError, isInputError } from '../errors';
import type { IndexSettings } from './settings';

/** @throws InputError for a file of certificates that cannot be read */
function trusted({ certificate }: IndexSettings): string[] | undefined {
  if (!certificate) return undefined;
  try {
    return [...rootCertificates, readFileSync(certificate, 'utf8')];
  } catch (error) {
    throw new InputError(
      `The certificates in ${certificate}, which the settings of pip or SSL_CERT_FILE name, cannot be read (${reasonOf(error)}): name a file of them.`,
    );
  }
}

/** How undici connects: by the proxy of the settings, else those of the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
function dispatcher(settings: IndexSettings): EnvHttpProxyAgent {
  const ca = trusted(settings);
  // pip takes a proxy without a scheme for one of HTTP.
  const proxy = settings.proxy?.replace(/^(?![a-z][a-z\d+.-]*:\/\/)/i, 'http://');
  return new EnvHttpProxyAgent({
    ...(proxy ? { httpProxy: proxy, httpsProxy: proxy } : {}),
    connect: { ca },
    requestTls: { ca },
  });
}

/** What the escapes of an address stand for; a percent sign that begins none is itself. */
const unescaped = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());

/** Name and password of an address travel in a header; `fetch` refuses them in the address. */
function withoutCredentials(address: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(address);
  if (!url.username && !url.password) return { url, headers: {} };
  const credentials = `${unescaped(url.username)}:${unescaped(url.password)}`;
  url.username = url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** The innermost reason of a failed request, such as `ENOTFOUND`. */
function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message: string };
  return typeof cause === 'object' && cause !== null ? reasonOf(cause) : (code ?? message);
}

/**
 * Requests a file through the user's proxy and certificates, following redirects. Name and password of the address are sent to its
 * host, and to no other that it redirects to.
 * @param address with `https://` or `http://`
 * @returns an answer of 200 … 299, whose body is yet to come
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
    if (isInputError(error)) throw error;
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

/**
 * The bytes of an answer as they come.
 * @throws InputError if the connection breaks before the end
 */
export async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
  } catch (error) {
    throw new InputError(`The download broke off (${reasonOf(error)}): check the network and run the command again.`);
  }
}
