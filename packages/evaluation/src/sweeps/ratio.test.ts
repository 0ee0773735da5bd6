import { perplexityRatio } from './ratio';

const measured = (perplexity: number, error?: number) => ({
  perplexity: { judge: perplexity },
  ...(error === undefined ? {} : { likelihood: { judge: { error } as never } }),
});

describe('the ratio of two perplexities', () => {
  it('lies in an interval by the errors of both', () => {
    const { ratio, interval, smallestGap } = perplexityRatio(measured(90, 0.03), measured(100, 0.04), 'judge');
    // 1.959964 · 0.05
    const reach = Math.exp(0.0979982);
    expect(ratio).toBe(0.9);
    expect(interval).toBeCloseToArray([0.9 / reach, 0.9 * reach], { atol: 1e-9 });
    expect(smallestGap).toBeCloseTo(reach - 1, 9);
  });

  it('has none where one was measured without errors, and one that tells nothing where an error cannot be told', () => {
    expect(perplexityRatio(measured(90, 0.03), measured(100), 'judge')).toEqual({ ratio: 0.9 });
    expect(perplexityRatio(measured(90, NaN), measured(100, 0.1), 'judge')).toEqual({
      ratio: 0.9,
      interval: [NaN, NaN],
    });
  });
});
