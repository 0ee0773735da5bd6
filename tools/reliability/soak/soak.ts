import type { Engine } from '@idlm/engine';
import type { Reading } from './readings';

/** What a soak is run with. */
interface SoakMeans {
  /** An empty folder. */
  readonly folder: string;
  readonly engine: Engine;
  readonly seconds: number;
}

/** What was seen of a soak. */
interface SoakSeen {
  readonly readings: readonly Reading[];
  /** What was wrong but for what readings tell, in sentences, such as a text that changed. */
  readonly wrong: readonly string[];
}

/** Something that goes on for a long time. */
export interface Soak {
  /** For `--only`, and the table. */
  readonly name: string;
  run(means: SoakMeans): Promise<SoakSeen>;
}
