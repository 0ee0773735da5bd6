import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { METHOD_NAME_ALL } from 'hono/router';
import type { ServerLog } from './log';
import type { Metrics } from './metrics';

/** Status of requests whose client left before the answer, as servers of the kind of nginx count them. */
const CLIENT_LEFT = 499;

/** What requests are counted by that no route takes. */
const NO_ROUTE = 'none';

/** The pattern of the route that takes a request: the first that is no middleware. Not its path, of which there is no end. */
const routeOf = (context: Context): string =>
  matchedRoutes(context).find(({ method }) => method !== METHOD_NAME_ALL)?.path ?? NO_ROUTE;

/** What is told of the end of an answer: the first of what may end it. */
function once(ended: (isWhole: boolean) => void): (isWhole: boolean) => void {
  let hasEnded = false;
  return (isWhole) => {
    if (!hasEnded) ended(isWhole);
    hasEnded = true;
  };
}

/** Calls back once, when a body has been sent to its end, or is given up. A client that has all bytes it was told of may leave before its end. */
function whenSent(response: Response, ended: (isWhole: boolean) => void): Response {
  if (!response.body) {
    ended(true);
    return response;
  }
  const done = once(ended);
  const told = response.headers.get('content-length');
  let sent = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done: isEnd, value } = await reader.read();
          if (!isEnd) {
            sent += value.length;
            return controller.enqueue(value);
          }
          done(true);
          controller.close();
        } catch (error) {
          done(false);
          controller.error(error);
        }
      },
      cancel(reason) {
        done(told !== null && sent >= Number(told));
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}

/** Logs and counts requests, each when its answer has been sent. Addresses are told without what stands behind `?`. */
export const watchRequests =
  (log: Pick<ServerLog, 'info'>, metrics: Pick<Metrics, 'onRequest'>): MiddlewareHandler =>
  async (context, next) => {
    const began = performance.now();
    const id = randomUUID();
    const { method, path } = context.req;
    const ended = (isWhole: boolean): void => {
      const status = isWhole ? context.res.status : CLIENT_LEFT;
      const seconds = (performance.now() - began) / 1000;
      metrics.onRequest(routeOf(context), status, seconds);
      log.info({ id, method, path, status, seconds: Number(seconds.toFixed(4)) }, 'request');
    };
    await next();
    context.header('x-request-id', id);
    if (context.req.raw.signal.aborted) ended(false);
    else context.res = whenSent(context.res, ended);
  };
