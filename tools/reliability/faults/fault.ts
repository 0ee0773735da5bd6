/** What a fault is tried in. */
interface Trial {
  /** An empty folder of this fault alone. */
  readonly folder: string;
  /** How often it is tried. */
  readonly times: number;
  /** A number in [0, 1), the same in every run with the same seed. */
  readonly random: () => number;
}

/** What came of trying a fault. */
interface Outcome {
  readonly tried: number;
  /** A sentence for each time that something was lost: a checkpoint, an update, a point of an event file, or the message. */
  readonly lost: readonly string[];
  /** What else is to be known, such as how many hit a save. */
  readonly note?: string;
}

/** Something that goes wrong, and may cost nothing. */
export interface Fault {
  /** For `--only`. */
  readonly name: string;
  /** What goes wrong, for the table. */
  readonly what: string;
  /** How often it is tried, and how often in the short form; 0: not there. */
  readonly times: number;
  readonly timesInShort: number;
  run(trial: Trial): Promise<Outcome>;
}
