import { RequestError } from './request-error';

/** Texts in the server, whether they wait or are under way. */
export interface Admission {
  /** Lets texts in. @returns what says that they are gone @throws RequestError 429 where there is no room for them */
  enter(rows: number): () => void;
  /** How many are in. */
  rows(): number;
}

/** How much of what is known of the time between two texts stays when another has ended. */
const KEPT = 0.95;

/** Seconds that somebody is told to wait, at least and at most. */
const [LEAST_WAIT, MOST_WAIT] = [1, 60];

/** Room for so many texts; who finds none is told when to come again, by how fast texts have ended so far. */
export function admission(most: number, now: () => number = () => performance.now() / 1000): Admission {
  let [inside, last, perRow] = [0, 0, 0];
  const note = (rows: number): void => {
    const each = (now() - last) / rows;
    last = now();
    perRow = perRow === 0 ? each : KEPT * perRow + (1 - KEPT) * each;
  };
  return {
    rows: () => inside,
    enter(rows) {
      if (inside + rows > most) {
        const retryAfter = Math.min(MOST_WAIT, Math.max(LEAST_WAIT, Math.ceil(inside * perRow)));
        throw new RequestError(
          429,
          `The server is busy: ${inside} texts are in it, and at most ${most} may be; ask again in ${retryAfter} s.`,
          { code: 'queue_full', retryAfter },
        );
      }
      if (inside === 0) last = now();
      inside += rows;
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        inside -= rows;
        note(rows);
      };
    },
  };
}
