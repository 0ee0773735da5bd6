/** A wait that an abort ends early. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/** The same items, no two of them nearer than so many milliseconds. An abort ends it. */
export async function* paced<Item>(
  items: AsyncIterable<Item>,
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<Item, void> {
  let due = 0;
  for await (const item of items) {
    const wait = due - performance.now();
    if (wait > 0 && !signal.aborted) await pause(wait, signal);
    if (signal.aborted) return;
    due = performance.now() + interval;
    yield item;
  }
}
