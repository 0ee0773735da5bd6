import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { completionEvents } from '../completions/completion-events';
import { completionOf } from '../completions/completion';
import { frameEvents } from '../frames/frame-events';
import type { RetainedWriting, RetainedWritings } from '../frames/retained-writings';
import type { Limits } from '../requests/limits';
import { readBody } from '../requests/read-body';
import { RequestError, wrong } from '../requests/request-error';
import { completionSchema, framesSchema } from '../requests/schema';
import type { Dispatcher } from '../writing/dispatcher';
import { disconnectOf } from './disconnect';
import { eventStream } from '../events/event-stream';
import { ClientLeft, failureOf, isFault } from '../requests/failure';
import type { ServerLog } from './log';
import type { Metrics } from './metrics';
import { modelEntry } from './model-entry';
import { addPageFiles } from './page-files';
import { requireToken } from './token';
import { watchRequests } from './watch-requests';

/** What answers are made from. */
export interface AppParts {
  readonly dispatcher: Dispatcher;
  readonly retained: RetainedWritings;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  /** Whether new work is taken in. */
  readonly isReady: () => boolean;
  readonly token?: string;
  /** Origins of pages that may ask, such as `https://example.org`; `*` for all. */
  readonly origins?: readonly string[];
  /** Folder of a page that is served beside all else. */
  readonly page?: string;
}

/** A client that waits for an answer. */
interface Connection {
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** The client reads no more: ends the work. */
  leave(): void;
  /** The answer is made: whether the client leaves is no longer listened for. */
  release(): void;
}

/**
 * Tells when a client leaves. Node keeps what listens to a request's signal until the request is collected, and it never is where
 * that leads back to it, as the stack of an abort's reason does: so nothing listens any longer than it must.
 */
function connectionOf({ signal: left }: Request): Connection {
  const controller = new AbortController();
  const release = () => left.removeEventListener('abort', leave);
  const leave = () => {
    release();
    controller.abort(new ClientLeft('The client has left.'));
  };
  left.addEventListener('abort', leave);
  if (left.aborted) leave();
  return { signal: controller.signal, leave, release };
}

/** `POST /v1/completions`. */
async function answerCompletion(context: Context, { dispatcher, limits }: AppParts): Promise<Response> {
  const request = context.req.raw;
  const { stream, stream_options, echo, ...body } = await readBody(request, completionSchema);
  if (stream_options && !stream) throw wrong('stream_options', 'stream_options is allowed beside "stream": true only.');
  if (echo && (body.suffix || body.infill)) throw wrong('echo', 'echo is not supported beside suffix and infill.');
  const connection = connectionOf(request);
  try {
    const start = await dispatcher.begin(body, connection.signal);
    if (stream) {
      const options = { echo: echo ?? false, includeUsage: stream_options?.include_usage ?? false };
      const { stalledSeconds } = limits;
      const disconnect = disconnectOf(context);
      return eventStream(completionEvents(start, options), { stalledSeconds, onLeave: connection.leave, disconnect });
    }
    const answer = Response.json(await completionOf(start, echo ?? false));
    connection.release();
    return answer;
  } catch (error) {
    connection.release();
    throw error;
  }
}

/** A connection to texts that are being written. */
function follow(context: Context, { start, attach }: RetainedWriting, { stalledSeconds }: Limits): Response {
  const events = frameEvents(start, context.req.header('last-event-id'));
  return eventStream(events, { stalledSeconds, onLeave: attach(), disconnect: disconnectOf(context) });
}

/** `POST /v1/frames`. */
async function answerFrames(context: Context, { dispatcher, limits, retained }: AppParts): Promise<Response> {
  const request = context.req.raw;
  const { retain, ...body } = await readBody(request, framesSchema);
  const seconds = retain ?? 0;
  if (seconds > limits.retainSeconds)
    throw wrong('retain', `retain is at most ${limits.retainSeconds} seconds here; ${seconds} were asked for.`);
  const controller = new AbortController();
  const start = await dispatcher.begin(body, controller.signal);
  const end = () => controller.abort(new ClientLeft('Nobody reads the frames any more.'));
  const connection = follow(context, retained.keep(start, seconds, end), limits);
  // Who has left while the model was opened has not yet been seen to read.
  if (request.signal.aborted) await connection.body?.cancel();
  return connection;
}

/** What tells of the server itself, and needs no token. */
function addState(app: Hono, { isReady }: AppParts): void {
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.get('/ready', (context) =>
    isReady() ? context.json({ status: 'ready' }) : context.json({ status: 'shutting down' }, 503),
  );
}

/** Models and texts. */
function addModels(app: Hono, parts: AppParts): void {
  const { dispatcher, retained, limits } = parts;
  const entries = () => dispatcher.sources.map((source) => modelEntry(source, dispatcher.isOpen(source.id)));
  app.get('/v1/models', (context) => context.json({ object: 'list', data: entries() }));
  app.get('/v1/models/:id{.+}', (context) => {
    const id = context.req.param('id');
    const found = entries().find((entry) => entry.id === id);
    if (found) return context.json(found);
    throw new RequestError(404, `The model \`${id}\` does not exist.`, { param: 'model', code: 'model_not_found' });
  });
  app.post('/v1/completions', (context) => answerCompletion(context, parts));
  app.post('/v1/frames', (context) => answerFrames(context, parts));
  app.get('/v1/frames/:id', (context) => {
    const found = retained.find(context.req.param('id'));
    if (found) return follow(context, found, limits);
    throw new RequestError(404, 'There is no such writing, or it is no longer kept.', { code: 'frames_not_found' });
  });
  app.delete('/v1/frames/:id', (context) => {
    if (retained.end(context.req.param('id'))) return context.body(null, 204);
    throw new RequestError(404, 'There is no such writing, or it is no longer kept.', { code: 'frames_not_found' });
  });
}

/** Whatever was thrown, as an answer; faults are logged with where they came from. */
function answerError(error: unknown, log: ServerLog): Response {
  const { status, body, retryAfter } = failureOf(error);
  if (isFault(error)) log.error({ error: error instanceof Error ? error.stack : String(error) }, 'fault');
  const headers: Record<string, string> = {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
  return Response.json({ error: body }, { status, headers });
}

/** What those who look for something that there is not may want. */
const INSTEAD: Readonly<Record<string, string>> = {
  '/': '; "idlm serve --page" has a page there',
  '/v1/chat/completions': ', as models here know no chat; POST /v1/completions writes text',
};

/** The server as a function from requests to answers, which Hono's friends mount where they like. */
export function createApp(parts: AppParts): Hono {
  const { limits, log, metrics, token, origins } = parts;
  const app = new Hono();
  app.onError((error) => answerError(error, log));
  app.notFound(({ req: { method, path } }) =>
    answerError(new RequestError(404, `There is nothing at ${method} ${path}${INSTEAD[path] ?? ''}.`), log),
  );
  app.use(watchRequests(log, metrics));
  if (origins?.length) app.use('/v1/*', cors({ origin: [...origins], exposeHeaders: ['retry-after', 'x-request-id'] }));
  addState(app, parts);
  if (token !== undefined) {
    app.use('/v1/*', requireToken(token));
    app.use('/metrics', requireToken(token));
  }
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: limits.bodyBytes,
      onError: () => {
        throw new RequestError(413, `The body of a request has at most ${limits.bodyBytes} bytes here.`);
      },
    }),
  );
  app.get('/metrics', async (context) => {
    const { text, type } = await metrics.text();
    return context.body(text, 200, { 'content-type': type });
  });
  addModels(app, parts);
  if (parts.page !== undefined) addPageFiles(app, parts.page);
  return app;
}
