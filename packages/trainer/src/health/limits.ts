import { InputError } from '@idlm/core-diffusion';

/** What a run may take before it saves and ends. */
export interface RunLimits {
  /** Milliseconds of this session; a run that goes on has as many again. */
  readonly milliseconds?: number;
  /** Bytes of memory that the process holds. */
  readonly bytes?: number;
}

/** @throws InputError for limits that are no numbers above 0 */
export function requireLimits({ milliseconds, bytes }: RunLimits): void {
  for (const [name, value] of Object.entries({ milliseconds, bytes }))
    if (value !== undefined && !(value > 0))
      throw new InputError(`A run's limit of ${name} is a number above 0; ${value} was given.`);
}

/** The limit that a run has reached, as a clause; undefined while it is below. @param used what it has taken so far */
export function reachedLimit(limits: RunLimits, used: Required<RunLimits>): string | undefined {
  const { milliseconds = Infinity, bytes = Infinity } = limits;
  if (used.milliseconds >= milliseconds)
    return `its time of ${Number((milliseconds / 3.6e6).toPrecision(3))} hours is used up`;
  if (used.bytes >= bytes)
    return `it holds ${(used.bytes / 1e9).toFixed(2)} GB of memory, and ${Number((bytes / 1e9).toPrecision(3))} GB is its limit`;
  return undefined;
}
