import { networkOf, sharesTimes } from './network';
import { type PendingRow, begin, call, callable, rowsOf } from './row-steps';
import type { Row, RowRun, RowStep, SampleRequest, SamplerEnvironment, SamplerState } from './sampler';

/** Rows that go into one call where `count` could: all, if a power of two holds them with little room left, else fewer. */
function callSize(count: number): number {
  const below = 2 ** Math.floor(Math.log2(count));
  return count >= 1.5 * below ? count : below;
}

/** A row's steps down a whole grid. */
function* descend(rowStep: RowStep, row: Row, { grid, environment }: SampleRequest): RowRun {
  for (let step = 1; step < grid.length; step++) yield* rowStep(row, grid[step - 1]!, grid[step]!, environment);
}

/** Rows under way: those that wait for a call of the network, and the calls that are under way for the others. */
interface Batch {
  readonly pending: readonly PendingRow[];
  /** The oldest first. */
  readonly calls: readonly { readonly served: readonly PendingRow[]; readonly next: Promise<PendingRow[]> }[];
}

const sizeOf = ({ pending, calls }: Batch): number =>
  calls.reduce((sum, { served }) => sum + served.length, pending.length);

/** Those of the pending rows that go into the next call: the furthest behind, and no more than their share of the batch. */
function nextServed(batch: Batch, environment: SamplerEnvironment): PendingRow[] {
  const share = Math.ceil(sizeOf(batch) / networkOf(environment).atOnce);
  const furthest = callable(batch.pending, environment).sort((a, b) => b.query.t - a.query.t);
  // Those of one time are left behind for good by the next call for another time.
  return sharesTimes(environment) ? furthest.slice(0, callSize(Math.min(furthest.length, share))) : furthest;
}

/** The batch after a call was begun for some of its pending rows. */
function withCall({ pending, calls }: Batch, served: readonly PendingRow[], next: Promise<PendingRow[]>): Batch {
  // Whoever awaits an earlier call would miss the failure of this one.
  next.catch(() => undefined);
  const taken = new Set(served);
  return { pending: pending.filter((row) => !taken.has(row)), calls: [...calls, { served, next }] };
}

/** The batch after its oldest call: whichever is done first, so that the rows of a call, and its roundings, repeat. */
async function afterOldest({ pending, calls: [oldest, ...others] }: Batch): Promise<Batch> {
  return { pending: [...pending, ...(await oldest!.next)], calls: others };
}

/** The batch with as many more rows as `maxRows` leaves room for, which it takes from `rows`. */
function admit(batch: Batch, rows: Row[], maxRows: number, run: (row: Row) => RowRun): Batch {
  const fresh = rows.splice(0, Math.max(0, maxRows - sizeOf(batch)));
  return { ...batch, pending: [...batch.pending, ...fresh.flatMap((row) => begin(row, run(row)))] };
}

/**
 * The state at the grid's end, of rows that do not wait for one another, at most `maxRows` under way at a time: each call is
 * filled with rows wherever they stand, and as many calls are under way as the network takes at once.
 * @param state where the rows begin
 */
export async function batchContinuously(
  request: SampleRequest,
  state: SamplerState,
  rowStep: RowStep,
  maxRows: number,
): Promise<SamplerState> {
  const { environment, length, grid, signal } = request;
  const { atOnce } = networkOf(environment);
  const tokens = state.tokens.slice();
  const rows = rowsOf({ ...state, tokens }, environment);
  let { networkCalls, rowEvaluations } = state;
  let batch: Batch = { pending: [], calls: [] };
  try {
    while (rows.length || sizeOf(batch)) {
      signal?.throwIfAborted();
      batch = admit(batch, rows, maxRows, (row) => descend(rowStep, row, request));
      if (batch.pending.length && batch.calls.length < atOnce) {
        const served = nextServed(batch, environment);
        batch = withCall(batch, served, call(served, length, environment));
        rowEvaluations += served.length;
        networkCalls = served.reduce((most, { calls }) => Math.max(most, calls + 1), networkCalls);
      } else if (batch.calls.length) batch = await afterOldest(batch);
    }
    return { ...state, tokens, t: grid[grid.length - 1]!, networkCalls, rowEvaluations };
  } finally {
    await Promise.allSettled(batch.calls.map(({ next }) => next));
  }
}
