/** What a thread watches. */
export interface StallWatch {
  /** Counts updates, as another thread makes them. */
  readonly beats: Int32Array;
  /** Milliseconds without an update after which a run stalls. */
  readonly milliseconds: number;
  /** Which of several processes that train together makes the updates; sentences name it. */
  readonly rank?: number;
}

/** Waits for an update, at most so long. @returns whether one was made, besides those known */
export function waitForBeat(watch: StallWatch, known: number): boolean;

/**
 * Tells of each time that no update is made for too long, once, and again once it has gone on.
 * @param tell gets a sentence
 * @param goesOn for tests: false ends the watch
 */
export function watchForStalls(watch: StallWatch, tell: (sentence: string) => void, goesOn?: () => boolean): void;
