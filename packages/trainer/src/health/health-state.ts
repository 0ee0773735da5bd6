import type { HealthOptions } from './options';

/** What a run knows of its health; a checkpoint holds it, so that a resumed run judges as an unbroken one. */
export interface HealthState {
  /** The last losses that were taken, oldest first, by the role of the network. */
  readonly losses: Readonly<Record<string, readonly number[]>>;
  /** Batches skipped in a row, the last one included. */
  readonly inARow: number;
  /** Batches skipped in all. */
  readonly skipped: number;
  /** Times that weights were put back. */
  readonly rollbacks: number;
}

/** Of a run that has made no update. */
export const healthy: HealthState = { losses: {}, inARow: 0, skipped: 0, rollbacks: 0 };

/** The middle one, or the mean of the two in the middle. @param values at least one */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Of normal numbers, the standard deviation over the median distance from the median. */
const NORMAL = 1.4826;

/** The least spread, as a share of the median: losses that hardly differ make no spike of a small step. */
const LEAST_SPREAD = 0.02;

/** Why a loss is a spike, as a clause; undefined where it is none, or too few are known. */
export function spikeIn(
  loss: number,
  known: readonly number[] = [],
  { spike, recent }: Pick<HealthOptions, 'spike' | 'recent'>,
): string | undefined {
  if (spike === null || known.length < recent / 2) return undefined;
  const middle = median(known);
  const distance = NORMAL * median(known.map((one) => Math.abs(one - middle)));
  const times = (loss - middle) / Math.max(distance, LEAST_SPREAD * Math.abs(middle), Number.MIN_VALUE);
  return times > spike
    ? `${loss.toPrecision(4)} is ${times.toFixed(0)} times their spread above the median ${middle.toPrecision(4)} of the last ${known.length}`
    : undefined;
}

/** The state after an update that was taken. @param taken the losses of its networks, by role */
export function afterUpdate(
  state: HealthState,
  taken: Readonly<Record<string, number>>,
  { recent }: Pick<HealthOptions, 'recent'>,
): HealthState {
  const losses = Object.entries(taken).map(([role, loss]): [string, readonly number[]] => [
    role,
    [...(state.losses[role] ?? []), loss].slice(-recent),
  ]);
  return { ...state, losses: { ...state.losses, ...Object.fromEntries(losses) }, inARow: 0 };
}

/** The state after a batch that was skipped. */
export const afterSkip = (state: HealthState): HealthState => ({
  ...state,
  inARow: state.inARow + 1,
  skipped: state.skipped + 1,
});

/** The state after weights were put back. */
export const afterRollback = (state: HealthState): HealthState => ({
  ...state,
  inARow: 0,
  rollbacks: state.rollbacks + 1,
});

/** The step of the newest checkpoint at a regular step from which a run of so many updates can go back; 0 where there is none. */
export const regularStep = (every: number | undefined, step: number): number => (every ? step - (step % every) : 0);
