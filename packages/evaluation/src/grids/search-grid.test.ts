import { randomStream, timeGrid } from '@idlm/core-diffusion';
import { type GridQuality, searchGrid } from './search-grid';

/** A model whose perplexity grows with the distance of the inner times from some of its own. */
const likes =
  (wanted: readonly number[], entropyOf: (grid: Float64Array) => number = () => 4) =>
  async (grids: readonly Float64Array[]): Promise<GridQuality[]> =>
    grids.map((grid) => ({
      perplexity: 20 + 10 * wanted.reduce((sum, t, i) => sum + (grid[i + 1]! - t) ** 2, 0),
      entropy: entropyOf(grid),
    }));

const search = (judge: ReturnType<typeof likes>, more = {}) =>
  searchGrid({ steps: 4, judge, random: randomStream(3), ...more });

it('comes nearer to the grid that a model likes than the usual ones are', async () => {
  const wanted = [0.93, 0.5, 0.4];
  const { best, uniform, tried } = await search(likes(wanted), { rounds: 10 });
  expect(uniform.grid).toEqual(timeGrid(4));
  expect(tried).toHaveLength(6 + 10 * 8);
  const usual = Math.min(...tried.slice(0, 6).map(({ perplexity }) => perplexity));
  expect(best.perplexity - 20).toBeLessThan((usual - 20) / 4);
  expect(best.perplexity).toBe(Math.min(...tried.map(({ perplexity }) => perplexity)));
  expect([best.grid[0], best.grid[4]]).toEqual([1, 1e-5]);
});

it('takes no grid for better that costs entropy', async () => {
  // What comes near loses diversity.
  const judge = likes([0.95, 0.9, 0.85], (grid) => (grid[1]! > 0.8 ? 3 : 4));
  const { best, tried } = await search(judge);
  expect(best.entropy).toBe(4);
  expect(tried.some(({ entropy, perplexity }) => entropy === 3 && perplexity < best.perplexity)).toBe(true);
});

it('stays with the uniform grid where none is better, and has no choice at one step', async () => {
  const { best, uniform } = await search(async (grids) => grids.map(() => ({ perplexity: 20, entropy: 4 })));
  expect(best).toBe(uniform);
  expect((await search(likes([]), { steps: 1 })).tried).toHaveLength(1);
});

it('repeats with its random stream', async () => {
  const [a, b] = [await search(likes([0.9, 0.3, 0.1])), await search(likes([0.9, 0.3, 0.1]))];
  expect(a.best.grid).toEqual(b.best.grid);
});

it.each([{ steps: 0 }, { rounds: 0.5 }, { tries: -1 }])('refuses %j', async (wrong) => {
  await expect(search(likes([]), wrong)).rejects.toThrow('at least 1');
});
