import type { ErrorBody } from '@idlm/client';

/** What else is said of a request that is refused. */
interface RequestErrorFacts {
  /** Field of the request that is at fault. */
  readonly param?: string;
  /** A word for programs, such as `model_not_found`. */
  readonly code?: string;
  /** Seconds after which it is worth asking again. */
  readonly retryAfter?: number;
}

/** Types of errors by status, as OpenAI names them. */
const TYPES: Readonly<Record<number, string>> = { 401: 'authentication_error', 429: 'rate_limit_error' };

/** A request that is refused, or failed: an answer's status and its body in OpenAI's shape. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly retryAfter: number | undefined;
  readonly body: ErrorBody;
  constructor(
    readonly status: 400 | 401 | 404 | 405 | 408 | 413 | 415 | 429 | 431 | 500 | 503 | 504,
    message: string,
    { param, code, retryAfter }: RequestErrorFacts = {},
  ) {
    super(message);
    this.retryAfter = retryAfter;
    const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
    this.body = { message, type, param: param ?? null, code: code ?? null };
  }
}

/** A request that is wrong in a field. */
export const wrong = (param: string, message: string): RequestError => new RequestError(400, message, { param });
