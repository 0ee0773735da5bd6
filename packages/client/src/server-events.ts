import { type EventSourceMessage, createParser } from 'eventsource-parser';

/**
 * The server-sent events of an answer, as they come. Whoever stops reading cancels it.
 * @throws what reading throws, such as the reason of an abort
 */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage, void> {
  const found: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void found.push(event) });
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* found.splice(0);
    }
  } finally {
    // What was cut off cannot be cancelled any more.
    await reader.cancel().catch(() => undefined);
  }
}
