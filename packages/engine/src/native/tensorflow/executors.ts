import type { CApi } from './c-api';

/** Functions that run at the same time: each fills the gaps in the other's threads. */
export const CALLS_AT_ONCE = 2;

/** Calls that one executor takes before the next one waits: what they return is memory that a loop without reads would pile up. */
const MOST_UNDER_WAY = 8;

/** How ops run that this thread starts: at once, unless it is told otherwise. */
export interface Executors {
  /**
   * What `start` starts runs on a thread of TensorFlow's: it returns at once, with results that are yet to come. Waits while many
   * are under way.
   * @param start clears failures that it meets; it is tried once more after one
   */
  later<Result>(start: () => Result): Result;
  /** Forgets failures, which otherwise would be those of all that follows them. */
  clear(): void;
}

/** The executors of a context: the plain one of this thread, and others that take turns. */
export function openExecutors(c: CApi, context: number): Executors {
  const [yes, no] = [1, 0];
  const own = c.TFE_ContextGetExecutorForThread(context);
  const others = Array.from({ length: CALLS_AT_ONCE }, () => c.TFE_NewExecutor(yes, no, MOST_UNDER_WAY));
  let calls = 0;
  return {
    later(start) {
      c.TFE_ContextSetExecutorForThread(context, others[calls++ % CALLS_AT_ONCE]!);
      try {
        return start();
      } catch {
        // A failure that nobody had noticed was in the way, and is cleared by now; one of this call's own comes again.
        return start();
      } finally {
        c.TFE_ContextSetExecutorForThread(context, own);
      }
    },
    clear: () => others.forEach((executor) => c.TFE_ExecutorClearError(executor)),
  };
}
