import { InputError, type RandomStream, checkGrid, timeGrid } from '@idlm/core-diffusion';

/** What samples on a grid are like. */
export interface GridQuality {
  /** Perplexity; the geometric mean where there are several judges. */
  readonly perplexity: number;
  /** Mean entropy of a sample. */
  readonly entropy: number;
}

/** A grid with the quality of its samples. */
export interface JudgedGrid extends GridQuality {
  /** Times, falling, one more than the steps. */
  readonly grid: Float64Array;
}

/** What is searched, and how. */
export interface GridSearchOptions {
  /** Steps of the grids, at least 1. */
  readonly steps: number;
  /** Samples on each of some grids and judges them; with the same noise every time, so that grids alone make the difference. */
  judge(grids: readonly Float64Array[]): Promise<readonly GridQuality[]>;
  readonly random: RandomStream;
  /** Largest difference from the entropy of the uniform grid that counts as equal, as a share (default 0.03). */
  readonly tolerance?: number;
  /** Rounds of tries around the best grid so far, each nearer to it (default 4). */
  readonly rounds?: number;
  /** Grids of a round (default 8). */
  readonly tries?: number;
}

/** What a search has found. */
export interface GridSearch {
  /** The grid of the lowest perplexity at equal entropy, under the noise of the search: what it promises is to be confirmed with other noise. */
  readonly best: JudgedGrid;
  readonly uniform: JudgedGrid;
  /** All that were tried, in their order, the uniform one first. */
  readonly tried: readonly JudgedGrid[];
}

/** Exponents p of the grids 1 − (i/K)^p, which the search begins with beside the uniform and the cosine one. */
const POWERS = [0.5, 0.75, 1.5, 2.5];

/** Spread of the logarithms of steps in the first round, and what remains of it from round to round. */
const [FIRST_SPREAD, COOLING] = [0.5, 0.7];

/** Times whose steps are proportional to the given lengths, between the same ends. */
function withLengths(lengths: ArrayLike<number>): Float64Array {
  const [first, last] = timeGrid(1) as unknown as [number, number];
  const total = Array.from(lengths).reduce((a, b) => a + b, 0);
  const grid = new Float64Array(lengths.length + 1).fill(first);
  for (let i = 0, sum = 0; i < lengths.length; i++)
    grid[i + 1] = first + ((last - first) * (sum += lengths[i]!)) / total;
  grid[lengths.length] = last;
  return grid;
}

const lengthsOf = (grid: Float64Array): Float64Array => grid.slice(1).map((t, i) => grid[i]! - t);

/** Where a search begins: the uniform grid first. */
function beginnings(steps: number): Float64Array[] {
  const powers = POWERS.map((p) => {
    const shares = Float64Array.from({ length: steps + 1 }, (_, i) => 1 - (i / steps) ** p);
    return withLengths(lengthsOf(shares));
  });
  return [timeGrid(steps), timeGrid(steps, { spacing: 'cosine' }), ...powers];
}

/** A grid whose steps are each a little longer or shorter. */
const nearby = (grid: Float64Array, spread: number, random: RandomStream): Float64Array => {
  const normals = random.normals(grid.length - 1);
  return withLengths(lengthsOf(grid).map((length, i) => length * Math.exp(spread * normals[i]!)));
};

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts))
    if (!(Number.isInteger(count) && count >= 1))
      throw new InputError(`A search of grids takes a whole number of ${name}, at least 1; ${count} was given.`);
}

/** The best of some grids: of the lowest perplexity among those whose entropy is that of the uniform one. */
function bestOf(tried: readonly JudgedGrid[], tolerance: number): JudgedGrid {
  const [uniform] = tried as [JudgedGrid];
  return tried
    .filter(({ entropy }) => Math.abs(entropy / uniform.entropy - 1) <= tolerance)
    .reduce((best, one) => (one.perplexity < best.perplexity ? one : best), uniform);
}

/**
 * Searches the grid of K steps on which a model's samples have the lowest perplexity at the entropy of the uniform grid: from
 * some usual grids, then by rounds of random changes of the best one's steps (an evolution strategy). One step leaves no choice.
 * @throws InputError unless steps, rounds and tries are whole numbers from 1 on; what `judge` throws
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { searchGrid } from '@idlm/evaluation';
 *
 * // A model whose samples are best if its first step goes to t = 0.8.
 * const judge = async (grids: readonly Float64Array[]) =>
 *   grids.map((grid) => ({ perplexity: 10 + Math.abs(grid[1]! - 0.8), entropy: 3 }));
 * const { best } = await searchGrid({ steps: 2, judge, random: randomStream(1) });
 * console.log(Math.abs(best.grid[1]! - 0.8) < 0.05); // → true
 * ```
 */
export async function searchGrid(options: GridSearchOptions): Promise<GridSearch> {
  const { steps, judge, random, tolerance = 0.03, rounds = 4, tries = 8 } = options;
  checkCounts({ steps, rounds, tries });
  const tried: JudgedGrid[] = [];
  const tryAll = async (grids: readonly Float64Array[]) => {
    grids.forEach(checkGrid);
    const found = await judge(grids);
    grids.forEach((grid, i) => tried.push({ grid, ...found[i]! }));
  };
  await tryAll(steps === 1 ? [timeGrid(1)] : beginnings(steps));
  for (let round = 0; round < rounds && steps > 1; round++) {
    const [{ grid }, stream] = [bestOf(tried, tolerance), random.split(round)];
    await tryAll(Array.from({ length: tries }, () => nearby(grid, FIRST_SPREAD * COOLING ** round, stream)));
  }
  return { best: bestOf(tried, tolerance), uniform: tried[0]!, tried };
}
