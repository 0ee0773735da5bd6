/** How a stream of events is kept. */
export interface EventStreamOptions {
  /** Seconds after which a client that reads nothing is given up. */
  readonly stalledSeconds: number;
  /** Is called once when nobody reads any more: the client has left or was given up, or all was read. */
  readonly onLeave: () => void;
  /** Ends the connection of a client that is given up (default: the answer fails). */
  readonly disconnect?: () => void;
}

/** Seconds of silence after which a comment is sent, so that proxies hold the line. */
const HEARTBEAT_SECONDS = 15;

const HEARTBEAT = ': \n\n';

/** One server-sent event. */
export function serverSentEvent({
  event,
  id,
  data,
}: {
  readonly event?: string;
  readonly id?: string;
  readonly data: unknown;
}): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`;
}

/** The next of some events, or a heartbeat where none comes for a while. */
function beating(events: AsyncGenerator<string, void>): () => Promise<IteratorResult<string, void>> {
  let pending: Promise<IteratorResult<string, void>> | undefined;
  return async () => {
    pending ??= events.next();
    let timer: NodeJS.Timeout | undefined;
    const beat = new Promise<IteratorResult<string, void>>((resolve) => {
      timer = setTimeout(() => resolve({ done: false, value: HEARTBEAT }), HEARTBEAT_SECONDS * 1000).unref();
    });
    try {
      const next = pending;
      const found = await Promise.race([
        next.then((result) => ({ result, isEvent: true })),
        beat.then((result) => ({ result, isEvent: false })),
      ]);
      if (found.isEvent) pending = undefined;
      return found.result;
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * Server-sent events as an answer. An event is made when the client is ready to read it, and none before: what a slow client has
 * not read is no more than one event.
 */
export function eventStream(events: AsyncGenerator<string, void>, options: EventStreamOptions): Response {
  const { stalledSeconds, onLeave, disconnect } = options;
  const [encoder, next] = [new TextEncoder(), beating(events)];
  let stalled: NodeJS.Timeout | undefined;
  let hasLeft = false;
  const leave = (): void => {
    clearTimeout(stalled);
    if (!hasLeft) onLeave();
    hasLeft = true;
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stalled);
        const { done, value } = await next();
        if (hasLeft) return;
        if (done) {
          leave();
          return controller.close();
        }
        controller.enqueue(encoder.encode(value));
        stalled = setTimeout(() => {
          leave();
          if (disconnect) disconnect();
          else controller.error(new Error('The client read nothing of what it was sent.'));
        }, stalledSeconds * 1000).unref();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // Proxies of the kind of nginx would gather events.
      'x-accel-buffering': 'no',
    },
  });
}
