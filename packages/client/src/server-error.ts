import type { ErrorBody } from './answers';

/** What a server refused or failed at. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  constructor(
    /** Status of the answer; undefined for a failure while a text was being streamed. */
    readonly status: number | undefined,
    /** What the server says of it. */
    readonly body: ErrorBody,
    /** Seconds after which it is worth asking again, where the server says so. */
    readonly retryAfter?: number,
  ) {
    super(body.message);
  }
}

const isErrorBody = (value: unknown): value is { readonly error: ErrorBody } =>
  typeof (value as { error?: { message?: unknown } } | null)?.error?.message === 'string';

/** The error of an answer that is none of success, whoever gave it: a proxy may answer without a word of ours. */
export async function errorOf(response: Response): Promise<ServerError> {
  const { status } = response;
  const found: unknown = await response.json().catch(() => undefined);
  const body: ErrorBody = isErrorBody(found)
    ? found.error
    : { message: `The server answered with status ${status}.`, type: 'server_error', param: null, code: null };
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return new ServerError(status, body, Number.isFinite(seconds) ? seconds : undefined);
}
