/** What a runner is to do. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  /** The first case, and the number behind the last. */
  readonly from: number;
  readonly count: number;
  /** One case alone. */
  readonly only?: number;
}

/** What it tells from time to time: of the cases since it told last. */
export interface Progress {
  readonly next: number;
  results: number;
  sentences: number;
  faults: string[];
  /** Memory of the process. */
  readonly megabytes: number;
}
