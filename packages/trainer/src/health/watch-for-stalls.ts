/** What a thread watches. */
export interface StallWatch {
  /** Counts updates, as another thread makes them. */
  readonly beats: Int32Array;
  /** Milliseconds without an update after which a run stalls. */
  readonly milliseconds: number;
}

/** Waits for an update, at most so long. @returns whether one was made, besides those known */
export const waitForBeat = ({ beats, milliseconds }: StallWatch, known: number): boolean => {
  const until = performance.now() + milliseconds;
  // Updates wake nobody up: a look every quarter of a second costs less than a wake-up each.
  for (let left = milliseconds; left > 0; left = until - performance.now()) {
    if (Atomics.load(beats, 0) !== known) return true;
    Atomics.wait(beats, 0, known, Math.min(left, 250));
  }
  return Atomics.load(beats, 0) !== known;
};

/**
 * Tells of each time that no update is made for too long, once, and again once it has gone on.
 * @param tell gets a sentence
 * @param goesOn for tests: false ends the watch
 */
export function watchForStalls(
  watch: StallWatch,
  tell: (sentence: string) => void,
  goesOn = (): boolean => true,
): void {
  const minutes = Number((watch.milliseconds / 60_000).toPrecision(2));
  for (let isStalled = false; goesOn();) {
    const known = Atomics.load(watch.beats, 0);
    const isAlive = waitForBeat(watch, known);
    if (!isAlive && !isStalled)
      tell(
        `No update was made for ${minutes} minutes: the run may hang. What it has saved is whole; if it does not go on, end it and start it again with --resume.`,
      );
    if (isAlive && isStalled) tell('Updates are made again.');
    isStalled = !isAlive;
  }
}
