/** Places that are taken and given back; who finds none waits, the first first. */
export interface Semaphore {
  /** Waits for a place. @returns what gives it back @throws the signal's reason when aborted */
  take(signal: AbortSignal): Promise<() => void>;
  /** How many wait. */
  waiting(): number;
}

/** So many places. */
export function semaphore(count: number): Semaphore {
  let free = count;
  const queue = new Set<() => void>();
  const giveBack = (): void => {
    const [next] = queue;
    if (!next) free++;
    else {
      queue.delete(next);
      next();
    }
  };
  const taken = (): (() => void) => {
    let isTaken = true;
    return () => {
      if (isTaken) giveBack();
      isTaken = false;
    };
  };
  return {
    waiting: () => queue.size,
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (free > 0) {
          free--;
          return resolve(taken());
        }
        const leave = (): void => {
          queue.delete(enter);
          reject(signal.reason as Error);
        };
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(taken());
        };
        queue.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      }),
  };
}
