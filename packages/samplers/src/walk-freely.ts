import type { SampleRequest, SamplerEnvironment, SamplerState } from './sampler';
import { type Row, type Walk, type WalkStep, type Walker, ask, rowsOf, servable, setOut } from './walk';

/** Rows that go into one call where `waiting` ask: all, if a power of two holds them with little room left, else fewer. */
function callSize(waiting: number): number {
  const below = 2 ** Math.floor(Math.log2(waiting));
  return waiting >= 1.5 * below ? waiting : below;
}

/** A row's steps down a whole grid. */
function* descend(walk: WalkStep, row: Row, { grid, environment }: SampleRequest): Walk {
  for (let step = 1; step < grid.length; step++) yield* walk(row, grid[step - 1]!, grid[step]!, environment);
}

/** Walks on their way, and the calls of the network that are under way for some of them. */
interface Crowd {
  readonly waiting: readonly Walker[];
  /** The oldest first. */
  readonly calls: readonly { readonly served: readonly Walker[]; readonly next: Promise<Walker[]> }[];
}

const sizeOf = ({ waiting, calls }: Crowd): number =>
  calls.reduce((sum, { served }) => sum + served.length, waiting.length);

/** Those of the waiting walks that go into the next call: the furthest behind, and no more than their share of the crowd. */
function nextServed(crowd: Crowd, environment: SamplerEnvironment): Walker[] {
  const share = Math.ceil(sizeOf(crowd) / (environment.denoise.atOnce ?? 1));
  const furthest = servable(crowd.waiting, environment).sort((a, b) => b.question.t - a.question.t);
  // Those of one time are left behind for good by the next call for another time.
  return environment.timeConditioned ? furthest : furthest.slice(0, callSize(Math.min(furthest.length, share)));
}

/** The crowd after a call was begun for some of its waiting walks. */
function begin({ waiting, calls }: Crowd, served: readonly Walker[], next: Promise<Walker[]>): Crowd {
  // Whoever awaits an earlier call would miss the failure of this one.
  next.catch(() => undefined);
  const taken = new Set(served);
  return { waiting: waiting.filter((walker) => !taken.has(walker)), calls: [...calls, { served, next }] };
}

/** The crowd after its oldest call: whichever is done first, so that the rows of a call, and its roundings, repeat. */
async function end({ waiting, calls: [oldest, ...others] }: Crowd): Promise<Crowd> {
  return { waiting: [...waiting, ...(await oldest!.next)], calls: others };
}

/** The crowd with as many more rows as `maxRows` leaves room for, which it takes from `rows`. */
function admit(crowd: Crowd, rows: Row[], maxRows: number, set: (row: Row) => Walk): Crowd {
  const fresh = rows.splice(0, Math.max(0, maxRows - sizeOf(crowd)));
  return { ...crowd, waiting: [...crowd.waiting, ...fresh.flatMap((row) => setOut(row, set(row)))] };
}

/**
 * The state at the grid's end, of rows that walk on their own, at most `maxRows` at a time; as many calls are under way as the
 * network takes at once.
 * @param state where the rows set out
 */
export async function walkFreely(
  request: SampleRequest,
  state: SamplerState,
  walk: WalkStep,
  maxRows: number,
): Promise<SamplerState> {
  const { environment, length, grid, signal } = request;
  const { atOnce = 1 } = environment.denoise;
  const tokens = state.tokens.slice();
  const rows = rowsOf({ ...state, tokens }, environment);
  let { networkCalls, rowEvaluations } = state;
  let crowd: Crowd = { waiting: [], calls: [] };
  try {
    while (rows.length || sizeOf(crowd)) {
      signal?.throwIfAborted();
      crowd = admit(crowd, rows, maxRows, (row) => descend(walk, row, request));
      if (crowd.waiting.length && crowd.calls.length < atOnce) {
        const served = nextServed(crowd, environment);
        crowd = begin(crowd, served, ask(served, length, environment));
        rowEvaluations += served.length;
        networkCalls = served.reduce((most, { answered }) => Math.max(most, answered + 1), networkCalls);
      } else if (crowd.calls.length) crowd = await end(crowd);
    }
    return { ...state, tokens, t: grid[grid.length - 1]!, networkCalls, rowEvaluations };
  } finally {
    await Promise.allSettled(crowd.calls.map(({ next }) => next));
  }
}
