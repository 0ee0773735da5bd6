import { type Communicator, gatherNumbers, shareOf, together } from '@idlm/core-diffusion/ranks';
import type { Sample } from '@idlm/samplers';

/** Rows of a sample, some of those that all ranks draw. */
export interface DrawnRows {
  readonly batch: number;
  /** Index of the first of them among all. */
  readonly firstRow: number;
  /** What each is given, [batch · L]. */
  readonly clamp?: Int32Array;
}

/** What is drawn in all. */
type Asked = DrawnRows & { readonly length: number };

/** Calls and evaluations of all ranks: calls of one follow one another, and go on beside those of others. */
async function countsOf(ranks: Communicator, { networkCalls, rowEvaluations }: Sample) {
  const all = await gatherNumbers(ranks, Int32Array.of(networkCalls, rowEvaluations));
  const [calls, evaluations] = [0, 1].map((place) => all.filter((_, i) => i % 2 === place));
  return { networkCalls: Math.max(...calls!), rowEvaluations: evaluations!.reduce((sum, one) => sum + one, 0) };
}

/**
 * A sample of which each rank draws its share of rows, and all have all: each row has random numbers of its own, by its index, so that it is
 * the same whoever draws it.
 * @param draw draws at least one row
 * @throws what `draw` throws on one of the ranks, on all of them
 */
export async function drawnByRanks(
  ranks: Communicator,
  { batch, firstRow, clamp, length }: Asked,
  draw: (rows: DrawnRows) => Promise<Sample>,
): Promise<Sample> {
  if (ranks.size === 1) return draw({ batch, firstRow, clamp });
  const { first, end } = shareOf(batch, ranks);
  const rows = {
    batch: end - first,
    firstRow: firstRow + first,
    clamp: clamp?.subarray(first * length, end * length),
  };
  const none: Sample = { tokens: new Int32Array(0), batch: 0, length, networkCalls: 0, rowEvaluations: 0 };
  const own = await together(ranks, async () => (rows.batch ? draw(rows) : none));
  const tokens = await gatherNumbers(ranks, own.tokens);
  return { tokens, batch, length, ...(await countsOf(ranks, own)) };
}
