import { InputError } from '@idlm/core-diffusion';

/** What becomes of updates that would harm the networks. */
export interface HealthOptions {
  /**
   * A loss so many times the spread of recent ones above their median is a spike, and its batch is skipped; null: any finite loss is
   * taken. The spread is 1.4826 times the median distance from the median, at least a fiftieth of the median.
   */
  readonly spike: number | null;
  /** Losses that count as recent, of each network; no spike is seen before there are half as many. */
  readonly recent: number;
  /** Batches skipped in a row after which weights, and not batches, are at fault: those of the last regular checkpoint are put back. */
  readonly patience: number;
  /** Times that weights are put back before the run ends. */
  readonly rollbacks: number;
}

/** What suits most runs. */
export const HEALTH: HealthOptions = { spike: null, recent: 64, patience: 3, rollbacks: 2 };

/** @throws InputError for numbers that there are not */
export function requireHealth({ spike, recent, patience, rollbacks }: HealthOptions): void {
  const whole = { recent: [recent, 2], patience: [patience, 1], rollbacks: [rollbacks, 0] } as const;
  for (const [name, [value, least]] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < least)
      throw new InputError(`${name} of a run's health is a whole number of at least ${least}; ${value} was given.`);
  if (spike !== null && !(spike > 0))
    throw new InputError(`spike of a run's health is a number above 0, or null; ${spike} was given.`);
}
