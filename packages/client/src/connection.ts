import { ServerError, errorOf } from './server-error';

/** Where a server is, and how it is asked. */
export interface ClientOptions {
  /** Its address, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The token that it asks for, if any. */
  readonly token?: string;
  /** What asks (default: the platform's `fetch`). */
  readonly fetch?: typeof fetch;
}

/** How one request is made. */
export interface RequestOptions {
  /** Ends it: the server stops writing at once. */
  readonly signal?: AbortSignal;
}

/** What is sent. */
interface Message extends RequestOptions {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a server. @throws ServerError for any answer but success; what `fetch` throws where there is no server */
export type Ask = (path: string, message: Message) => Promise<Response>;

/** A way to ask the server. */
export function connection({ baseUrl, token, fetch: given }: ClientOptions): Ask {
  const base = baseUrl.replace(/\/+$/, '');
  return async (path, { method, body, headers, signal }) => {
    // Browsers call it as a function of their window, and as nothing else.
    const ask = given ?? ((...request: Parameters<typeof fetch>) => fetch(...request));
    const response = await ask(`${base}${path}`, {
      method,
      signal,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  };
}

/** The body of a streamed answer. @throws ServerError where it has none */
export function bodyOf({ body, status }: Response): ReadableStream<Uint8Array> {
  if (body) return body;
  throw new ServerError(status, { message: 'The answer is empty.', type: 'server_error', param: null, code: null });
}
