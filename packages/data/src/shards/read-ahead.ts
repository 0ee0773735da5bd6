import type { Batch, Loader } from '../loaders/loader';

/** A loader whose next batch is read while the one before is at work. */
export function readingAhead(loader: Pick<Loader, 'batch' | 'length'>, load: (k: number) => Promise<Batch>): Loader {
  let next: { readonly k: number; readonly batch: Promise<Batch> } | undefined;
  return {
    ...loader,
    at(k) {
      const batch = next?.k === k ? next.batch : load(k);
      const ahead = batch.then(() => load(k + 1));
      // What cannot be read is told to whoever asks for it.
      ahead.catch(() => {});
      next = { k: k + 1, batch: ahead };
      return batch;
    },
  };
}
