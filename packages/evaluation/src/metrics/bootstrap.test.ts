import { randomStream } from '@idlm/core-diffusion';
import { mean } from './entropy';
import { bootstrap } from './bootstrap';
import { measuredLikelihood } from './measured-likelihood';
import { perplexityRatio } from '../sweeps/ratio';

/** Texts of a sampler: nats of a text as many tokens long as it is, around 2 nats a token, and 4 bytes a token. */
function textsOf(seed: number, count: number) {
  const random = randomStream(seed);
  const [levels, lengths] = [random.normals(count), random.integers(count, 20)];
  return Array.from(levels, (level, i) => {
    const tokens = 20 + lengths[i]!;
    return { nats: tokens * (2 + 0.4 * level), tokens, bytes: 4 * tokens };
  });
}

/** As far from `share` as 2 standard deviations of a share of so many trials: what follows is the same at every run. */
const around = (share: number, trials: number) => 2 * Math.sqrt((share * (1 - share)) / trials);

describe('bootstrap', () => {
  it('gives intervals that hold the true value as often as they say', () => {
    const trials = 400;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const values = randomStream(trial)
        .normals(64)
        .map((value) => Math.exp(0.5 * value));
      const { interval } = bootstrap(64, (drawn) => ({ mean: mean(Array.from(drawn, (i) => values[i]!)) }), {
        resamples: 100,
      }).mean;
      held += Number(interval[0] <= Math.exp(0.125) && Math.exp(0.125) <= interval[1]);
    }
    // A skewed distribution and 64 values: percentile intervals hold it a little less often than 95 %, 92 % over many more trials.
    expect(Math.abs(held / trials - 0.92)).toBeLessThan(around(0.92, trials));
  });

  it('is the same again, and another for another seed', () => {
    const of = (seed?: number) => bootstrap(5, (drawn) => ({ first: drawn[0]! + 0.1 * drawn[4]! }), { seed }).first;
    expect(of()).toEqual(of());
    expect(of().error).not.toBe(of(2).error);
  });

  it('has no spread where nothing varies, and is refused for nothing', () => {
    expect(bootstrap(3, () => ({ one: 7 })).one).toEqual({ interval: [7, 7], error: 0 });
    expect(() => bootstrap(0, () => ({}))).toThrow('A bootstrap draws from 1 item or more');
  });
});

describe('measuredLikelihood', () => {
  it('pools texts over their tokens, in nats, bits per token and bits per byte', () => {
    const found = measuredLikelihood([
      { nats: 2 * Math.LN2, tokens: 2, bytes: 6 },
      { nats: 10 * Math.LN2, tokens: 4, bytes: 6 },
    ]);
    expect(found.nll).toBeCloseTo(2 * Math.LN2, 12);
    expect(found.bitsPerToken).toBeCloseTo(2, 12);
    expect(found.perplexity).toBeCloseTo(4, 12);
    expect(found.bitsPerByte).toBeCloseTo(1, 12);
    expect([found.tokens, found.bytes]).toEqual([6, 12]);
    // Both twice, or one of them twice: 1 or 2.5 bits per token.
    expect(found.intervals.bitsPerToken[0]).toBeCloseTo(1, 12);
    expect(found.intervals.bitsPerToken[1]).toBeCloseTo(2.5, 12);
    expect(found.intervals.perplexity[1]).toBeCloseTo(2 ** 2.5, 10);
    expect(found.intervals.bitsPerByte[1]).toBeCloseTo(10 / 6, 12);
  });

  it('has no bits per byte where nothing is text', () => {
    expect(measuredLikelihood([{ nats: 1, tokens: 1, bytes: 0 }]).bitsPerByte).toBeNaN();
  });
});

describe('perplexityRatio', () => {
  const measured = (seed: number, count: number) => {
    const likelihood = { judge: measuredLikelihood(textsOf(seed, count), { resamples: 100 }) };
    return { perplexity: { judge: likelihood.judge.perplexity }, likelihood };
  };

  it('calls two equal samplers different once in twenty times', () => {
    const trials = 300;
    const different = Array.from({ length: trials }, (_, i) => {
      const [low, high] = perplexityRatio(measured(2 * i, 96), measured(2 * i + 1, 96), 'judge').interval!;
      return Number(low > 1 || high < 1);
    });
    expect(Math.abs(mean(different) - 0.05)).toBeLessThan(around(0.05, trials));
  });

  it('shows smaller gaps the more samples there are: a half for four times as many', () => {
    const gapOf = (count: number) => perplexityRatio(measured(1, count), measured(2, count), 'judge').smallestGap!;
    expect(gapOf(100) / gapOf(400)).toBeGreaterThan(1.6);
    expect(gapOf(100) / gapOf(400)).toBeLessThan(2.6);
  });

  it('is a point alone where nothing is known of errors', () => {
    const point = (perplexity: number) => ({ perplexity: { judge: perplexity } });
    expect(perplexityRatio(point(90), point(100), 'judge')).toEqual({ ratio: 0.9 });
  });
});
