/** Where a job tells how it goes; everything goes to stderr, data alone to stdout. */
export interface Reporter {
  /** One line. */
  note(line: string): void;
  /** How far something is; the terminal adds rate and time left. */
  progress(label: string, done: number, total: number, detail?: string): void;
}
