import { type Ask, type RequestOptions, bodyOf } from './connection';
import type { FramesEvent } from './frames-protocol';
import type { FramesRequest } from './requests';
import { ServerError } from './server-error';
import { serverEvents } from './server-events';

/** How frames are followed. */
export interface FramesOptions extends RequestOptions {
  /** Times that a cut connection is taken up again, in a row and without an event between (default 5); only what is retained can be. */
  readonly retries?: number;
  /** Milliseconds before the first time, twice as many before each next (default 250). */
  readonly retryDelay?: number;
}

/** How far a reader has come. */
interface Place {
  /** Id of the writing; undefined before its first event. */
  readonly writing?: string;
  /** Id of the last event. */
  readonly event?: string;
}

/** A wait that an abort ends. @throws the signal's reason */
const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve();
    }
    signal?.addEventListener('abort', done);
  });

/** The events of one connection: a new writing, or one that is taken up again. */
async function* connected(
  ask: Ask,
  request: FramesRequest,
  { writing, event }: Place,
  signal?: AbortSignal,
): AsyncGenerator<FramesEvent, void> {
  const response =
    writing === undefined
      ? await ask('/v1/frames', { method: 'POST', body: request, signal })
      : await ask(`/v1/frames/${encodeURIComponent(writing)}`, {
          method: 'GET',
          headers: event === undefined ? {} : { 'last-event-id': event },
          signal,
        });
  for await (const { event: name, id = '', data } of serverEvents(bodyOf(response)))
    yield { event: name, id, data: JSON.parse(data) as unknown } as FramesEvent;
}

/** Whether a connection that failed so is worth another: the network failed, and no answer of the server's. */
const isCut = (error: unknown): boolean => !(error instanceof ServerError) && (error as Error).name !== 'AbortError';

/**
 * The events of a writing, whatever becomes of its connections as long as it is retained; the last one is `end`.
 * @throws ServerError for what the server refuses or fails at; the signal's reason when aborted; Error where the connection is cut for good
 */
export async function* followFrames(
  ask: Ask,
  request: FramesRequest,
  { signal, retries = 5, retryDelay = 250 }: FramesOptions = {},
): AsyncGenerator<FramesEvent, void> {
  let place: Place = {};
  const isRetained = (request.retain ?? 0) > 0;
  for (let failures = 0; ; failures++) {
    let failure: unknown = new Error('The connection ended before the texts were finished.');
    try {
      for await (const one of connected(ask, request, place, signal)) {
        if (one.event === 'error') throw new ServerError(undefined, one.data.error);
        place = { writing: one.event === 'snapshot' ? one.data.id : place.writing, event: one.id };
        failures = 0;
        yield one;
        if (one.event === 'end') return;
        signal?.throwIfAborted();
      }
    } catch (error) {
      failure = error;
    }
    signal?.throwIfAborted();
    if (!isRetained || place.writing === undefined || failures >= retries || !isCut(failure)) throw failure;
    await pause(retryDelay * 2 ** failures, signal);
  }
}
