/** What `start` tells one by one, to be read at the reader's pace; it ends, or fails, as what `start` promises. */
export async function* queued<Item>(
  start: (tell: (item: Item) => void) => Promise<unknown>,
): AsyncGenerator<Item, void> {
  const waiting: Item[] = [];
  let wake = (): void => {};
  let [isOver, failure] = [false, undefined as { readonly error: unknown } | undefined];
  void start((item) => (waiting.push(item), wake()))
    .catch((error: unknown) => void (failure = { error }))
    .finally(() => ((isOver = true), wake()));
  for (;;) {
    const next = waiting.shift();
    if (next !== undefined) yield next;
    else if (failure) throw failure.error;
    else if (isOver) return;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
