import type { Completion, CompletionChunk, ErrorBody, ModelEntry } from './answers';
import { type ClientOptions, type RequestOptions, bodyOf, connection } from './connection';
import { type FramesOptions, followFrames } from './follow-frames';
import type { FramesEvent } from './frames-protocol';
import { type LiveRow, withEvent } from './live-rows';
import type { CompletionRequest, FramesRequest } from './requests';
import { ServerError } from './server-error';
import { serverEvents } from './server-events';

/** What a server of this project is asked. All of it throws `ServerError` for what the server refuses, and the signal's reason when aborted. */
export interface Client {
  /** The models that are served. */
  models(options?: RequestOptions): Promise<readonly ModelEntry[]>;
  /** Finished texts. */
  complete(request: CompletionRequest, options?: RequestOptions): Promise<Completion>;
  /** Finished beginnings of texts as they grow, from left to right; the last part brings the usage. */
  stream(request: CompletionRequest, options?: RequestOptions): AsyncGenerator<CompletionChunk, void>;
  /** All texts after each event: tokens appear, and change, at any position. */
  frames(request: FramesRequest, options?: FramesOptions): AsyncGenerator<readonly LiveRow[], void>;
  /** The same as events of the protocol. */
  frameEvents(request: FramesRequest, options?: FramesOptions): AsyncGenerator<FramesEvent, void>;
  /** Ends a writing that is retained. */
  cancel(writing: string, options?: RequestOptions): Promise<void>;
}

/**
 * A client of `idlm serve`. It needs `fetch` and nothing of Node, so that it runs in browsers too.
 * @example
 * ```ts no-run: asks a server
 * import { createClient } from '@idlm/client';
 *
 * const client = createClient({ baseUrl: 'http://127.0.0.1:8080' });
 * for await (const [row] of client.frames({ model: 'student', prompt: 'In the beginning' }))
 *   console.log(row!.pieces.map((piece) => piece ?? '▁').join(''));
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const ask = connection(options);
  const frameEvents: Client['frameEvents'] = (request, given) => followFrames(ask, request, given);
  return {
    async models(given) {
      const { data } = (await (await ask('/v1/models', { method: 'GET', signal: given?.signal })).json()) as {
        data: ModelEntry[];
      };
      return data;
    },
    async complete(request, given) {
      return (await (
        await ask('/v1/completions', { method: 'POST', body: request, signal: given?.signal })
      ).json()) as Completion;
    },
    async *stream(request, given) {
      const body = { ...request, stream: true, stream_options: { include_usage: true } };
      const response = await ask('/v1/completions', { method: 'POST', body, signal: given?.signal });
      for await (const { data } of serverEvents(bodyOf(response))) {
        if (data === '[DONE]') return;
        const chunk = JSON.parse(data) as CompletionChunk | { readonly error: ErrorBody };
        if ('error' in chunk) throw new ServerError(undefined, chunk.error);
        yield chunk;
      }
    },
    async *frames(request, given) {
      let rows: readonly LiveRow[] = [];
      for await (const event of frameEvents(request, given)) {
        rows = withEvent(rows, event);
        if (event.event !== 'end') yield rows;
      }
    },
    frameEvents,
    async cancel(writing, given) {
      await ask(`/v1/frames/${encodeURIComponent(writing)}`, { method: 'DELETE', signal: given?.signal });
    },
  };
}
