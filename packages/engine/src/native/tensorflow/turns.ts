/** Calls that run at the same time: koffi refuses more than some hundreds, and a whole network may be read at once. */
const MOST = 16;

/**
 * A function whose calls wait for their turn while `MOST` are under way: those that wait go first come, first served, and a call that
 * fails hands its turn on as one that succeeds does.
 */
export function inTurns<Given extends unknown[], Result>(
  fn: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return async (...given) => {
    if (underWay >= MOST) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay++;
    try {
      return await fn(...given);
    } finally {
      // Whoever waits takes over the turn.
      const next = waiting.shift();
      if (next) next();
      else underWay--;
    }
  };
}
