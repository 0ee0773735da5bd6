import type { CApi } from './c-api';

/** Functions that run at the same time: each fills the gaps in the other's threads. */
export const CALLS_AT_ONCE = 2;

/** How ops run that this thread starts: at once, unless it is told otherwise. */
export interface Executors {
  /** What `start` starts runs on a thread of TensorFlow's: it returns at once, with results that are yet to come. */
  later<Result>(start: () => Result): Result;
  /** Forgets a failure, which otherwise would be that of all that follows it. */
  clear(): void;
}

/** The executors of a context: the plain one of this thread, and others that take turns. */
export function openExecutors(c: CApi, context: number): Executors {
  const [yes, no, unlimited] = [1, 0, 0];
  const own = c.TFE_ContextGetExecutorForThread(context);
  const others = Array.from({ length: CALLS_AT_ONCE }, () => c.TFE_NewExecutor(yes, no, unlimited));
  let calls = 0;
  return {
    later(start) {
      c.TFE_ContextSetExecutorForThread(context, others[calls++ % CALLS_AT_ONCE]!);
      try {
        return start();
      } finally {
        c.TFE_ContextSetExecutorForThread(context, own);
      }
    },
    clear: () => others.forEach((executor) => c.TFE_ExecutorClearError(executor)),
  };
}
