import { InputError, timesOfRows } from '@idlm/core-diffusion/sampling';
import { groupsOf } from './groups';
import { sharesTimes } from './network';
import { openAmong } from './positions';
import { askNetwork, positionsAtOnce } from './predict';
import type { Predictions, Row, RowQuery, RowRun, RowStep, Sampler, SamplerEnvironment, SamplerState } from './sampler';

/** A row whose steps wait for a call of the network. */
export interface PendingRow {
  readonly row: Row;
  readonly run: RowRun;
  readonly query: RowQuery;
  /** Calls that it was part of before. */
  readonly calls: number;
}

/** The rows of a batch; their tokens are parts of `tokens`. */
export function rowsOf(
  { tokens, batch, length, firstRow }: Pick<SamplerState, 'tokens' | 'batch' | 'length' | 'firstRow'>,
  environment: SamplerEnvironment,
): Row[] {
  return Array.from({ length: batch }, (_, r) => {
    const [offset, end] = [r * length, (r + 1) * length];
    const part = tokens.subarray(offset, end);
    const clamp = environment.clamp?.subarray(offset, end);
    const stream = environment.random.split(firstRow + r);
    return {
      tokens: part,
      clamp,
      offset,
      index: firstRow + r,
      stream,
      open: () => openAmong(part, environment.family, clamp),
    };
  });
}

/** A row that waits for its next query; none once it has ended. @throws InputError for a query of no positions of the row */
function waiting(row: Row, run: RowRun, next: IteratorResult<RowQuery, void>, calls: number): PendingRow[] {
  if (next.done) return [];
  const query: RowQuery | undefined = next.value;
  const [first, last] = [query?.positions?.[0] ?? -1, query?.positions?.at(-1) ?? -1];
  if (first < 0 || !(last < row.tokens.length))
    throw new InputError(
      `A row step of a sampler must ask for some of the ${row.tokens.length} positions of its row; it asked for ${query?.positions?.join(', ') || 'none'}.`,
    );
  return [{ row, run, query: next.value, calls }];
}

/** A row up to its first query; none where it has none. */
export const begin = (row: Row, run: RowRun): PendingRow[] => waiting(row, run, run.next(), 0);

/**
 * Predictions that can be revoked. A generator keeps what it was last sent, even when it has ended, and with it the logits of a
 * whole call; they are let go as soon as all rows of the call have drawn from them.
 */
function revocable(predictions: Predictions): { readonly predictions: Predictions; revoke(): void } {
  let held: Predictions | undefined = predictions;
  return {
    predictions(n, of) {
      if (!held) throw new Error('a row step read predictions after its next query; they hold until then only');
      return held(n, of);
    },
    revoke: () => (held = undefined),
  };
}

/** The largest time of some rows. */
const latestOf = (pending: readonly PendingRow[]): number => pending.reduce((t, { query }) => Math.max(t, query.t), 0);

/** One network call for several rows. */
async function callOnce(
  pending: readonly PendingRow[],
  length: number,
  environment: SamplerEnvironment,
): Promise<PendingRow[]> {
  const rows = pending.map(({ row: { tokens, clamp, index } }) => ({ tokens, clamp, index }));
  const positions = Int32Array.from(
    pending.flatMap(({ query }, i) => query.positions.map((position) => i * length + position)),
  );
  const times = timesOfRows(pending.map(({ query }) => query.t));
  const called = revocable(await askNetwork({ rows, length, positions, ...times }, environment));
  let first = 0;
  try {
    return pending.flatMap(({ row, run, query, calls }) => {
      const from = first;
      first += query.positions.length;
      const next = run.next((n, of) => called.predictions(from + n, of));
      return waiting(row, run, next, calls + 1);
    });
  } finally {
    called.revoke();
  }
}

/**
 * A network call for several rows, or several where their logits are too many for one; the rows go on to their next queries, and
 * those that ended are left out. All queries of a call are of one time, unless rows at different times may share one.
 */
export async function call(
  pending: readonly PendingRow[],
  length: number,
  environment: SamplerEnvironment,
): Promise<PendingRow[]> {
  const sizes = pending.map(({ query }) => query.positions.length);
  const next: PendingRow[] = [];
  for (const [from, to] of groupsOf(sizes, positionsAtOnce(environment, environment.family.process.vocabSize)))
    next.push(...(await callOnce(pending.slice(from, to), length, environment)));
  return next;
}

/** Those of the pending rows that one call can serve: all, or those at the largest time where times share no call. */
export function callable(pending: readonly PendingRow[], environment: SamplerEnvironment): PendingRow[] {
  if (sharesTimes(environment)) return [...pending];
  const latest = latestOf(pending);
  return pending.filter(({ query }) => query.t === latest);
}

/** All rows of a batch through one step each, whose queries go to the network together; the state at time `to`. */
export async function stepTogether(
  state: SamplerState,
  to: number,
  environment: SamplerEnvironment,
  run: (row: Row) => RowRun,
): Promise<SamplerState> {
  const tokens = state.tokens.slice();
  let { networkCalls, rowEvaluations } = state;
  let pending = rowsOf({ ...state, tokens }, environment).flatMap((row) => begin(row, run(row)));
  while (pending.length) {
    const served = new Set(callable(pending, environment));
    const others = pending.filter((row) => !served.has(row));
    pending = [...others, ...(await call([...served], state.length, environment))];
    networkCalls++;
    rowEvaluations += served.size;
  }
  return { ...state, tokens, t: to, networkCalls, rowEvaluations };
}

/**
 * The members of a sampler whose step is told for one row: a batch takes it with one query of all rows at a time, and
 * `sampleAll`, which need not stop between steps, lets each row go on by itself and fills its calls with rows wherever they stand.
 */
export const byRows = (rowStep: RowStep): Required<Pick<Sampler, 'step' | 'rowStep'>> => ({
  step: (state, from, to, environment) =>
    stepTogether(state, to, environment, (row) => rowStep(row, from, to, environment)),
  rowStep,
});
