import type { WritingStart } from '../writing/begin';

/** A writing that outlives its connections. */
export interface RetainedWriting {
  readonly start: WritingStart;
  /** Somebody reads it from now on. @returns what says that they do no more */
  attach(): () => void;
}

/** Writings whose readers may come again. */
export interface RetainedWritings {
  /**
   * Keeps a writing for so many seconds after its last reader has gone; then, as when it is ended, `end` is called.
   * With 0 seconds it ends with its last reader.
   */
  keep(start: WritingStart, seconds: number, end: () => void): RetainedWriting;
  find(id: string): RetainedWriting | undefined;
  /** Ends one. @returns whether there was one */
  end(id: string): boolean;
  /** Ends all. */
  dispose(): void;
}

/** Writings by their ids. */
export function retainedWritings(): RetainedWritings {
  const kept = new Map<string, { readonly retained: RetainedWriting; end(): void }>();
  return {
    keep(start, seconds, end) {
      let readers = 0;
      let timer: NodeJS.Timeout | undefined;
      const endThis = (): void => {
        clearTimeout(timer);
        if (kept.delete(start.id)) end();
      };
      const retained: RetainedWriting = {
        start,
        attach() {
          readers++;
          clearTimeout(timer);
          let isAttached = true;
          return () => {
            if (!isAttached) return;
            isAttached = false;
            readers--;
            if (readers > 0) return;
            if (seconds === 0) endThis();
            else timer = setTimeout(endThis, seconds * 1000).unref();
          };
        },
      };
      kept.set(start.id, { retained, end: endThis });
      return retained;
    },
    find: (id) => kept.get(id)?.retained,
    end(id) {
      const found = kept.get(id);
      found?.end();
      return found !== undefined;
    },
    dispose: () => [...kept.values()].forEach(({ end }) => end()),
  };
}
