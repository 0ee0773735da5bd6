import { RequestError } from '../requests/request-error';

/** What ends a request before its texts are written. */
export interface RequestLimit {
  readonly signal: AbortSignal;
  /** The request has ended: nothing of it stays. */
  clear(): void;
}

/**
 * A signal for one request, that aborts after so many seconds or when all does, until it is cleared. It listens: of `AbortSignal.any`, Node
 * keeps a reference with each of its signals, and `ending` lives as long as the server.
 */
export function requestLimit(seconds: number, ending: AbortSignal): RequestLimit {
  const controller = new AbortController();
  const refusal = new RequestError(
    504,
    `The request took longer than the ${seconds} s that the server allows; ask for fewer steps or texts.`,
    { code: 'timeout' },
  );
  const timer = setTimeout(() => controller.abort(refusal), seconds * 1000);
  const end = (): void => controller.abort(ending.reason);
  ending.addEventListener('abort', end);
  if (ending.aborted) end();
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      ending.removeEventListener('abort', end);
    },
  };
}
