import { golden, goldenNames } from '@idlm/tools/golden';
import { mean, unigramEntropy } from './entropy';
import { mauve, mauveFromHistograms } from './mauve';
import { generativeWeights, summariseLikelihood } from './perplexity';

const parameter = (name: string, key: string) => Number((golden(name).params as Record<string, unknown>)[key]);

describe.each(goldenNames('metrics/entropy'))('%s', (name) => {
  it('is the reference entropy per sample and on average', () => {
    const data = golden(name);
    const [batch, length] = data.tensor('tokens').shape as [number, number];
    const entropies = unigramEntropy({ ids: data.ints('tokens'), batch, length });
    // The reference takes its logarithms in float32.
    const rtol = data.tolerance['rtol_f32'];
    expect(entropies).toBeCloseToArray(data.numbers('entropy'), { rtol });
    expect([mean(entropies)]).toBeCloseToArray(data.numbers('mean'), { rtol });
  });
});

describe.each(goldenNames('metrics/gen_ppl'))('%s', (name) => {
  const data = golden(name);
  const [count, length, width] = data.tensor('logits').shape as [number, number, number];
  const [tokens, logits] = [data.ints('tokens'), data.numbers('logits')];

  /** −ln p(token j + 1 | ≤ j) from the stored logits. */
  const nll = Float64Array.from({ length: count * (length - 1) }, (_, i) => {
    const [row, j] = [Math.floor(i / (length - 1)), i % (length - 1)];
    const at = logits.subarray((row * length + j) * width, (row * length + j + 1) * width);
    const top = Math.max(...at);
    return (
      top + Math.log(at.reduce((sum, value) => sum + Math.exp(value - top), 0)) - at[tokens[row * length + j + 1]!]!
    );
  });

  it('has the reference likelihoods', () => {
    expect(nll).toBeCloseToArray(data.numbers('nll'), { rtol: 1e-6 });
  });

  it('weighs and pools as the reference does', () => {
    // The reference scores whole batches only.
    const size = Math.min(count, parameter(name, 'perplexity_batch_size'));
    const used = Math.floor(count / size) * size;
    const weights = Array.from({ length: used }, (_, row) => [
      ...generativeWeights(tokens.subarray(row * length, (row + 1) * length), parameter(name, 'eos_token_id')),
    ]).flat();
    expect(weights.reduce((a, b) => a + b, 0)).toBe(data.numbers('weight')[0]);
    const { perplexity, nll: average } = summariseLikelihood(nll.subarray(0, used * (length - 1)), weights);
    expect([perplexity]).toBeCloseToArray(data.numbers('ppl'), { rtol: 1e-6 });
    expect([average * data.numbers('weight')[0]!]).toBeCloseToArray(data.numbers('nll_sum'), { rtol: 1e-6 });
  });
});

describe.each(goldenNames('metrics/nll_bpd_ppl'))('%s', (name) => {
  it('reduces as the reference does', () => {
    const data = golden(name);
    const { nll, bitsPerToken, perplexity } = summariseLikelihood(data.numbers('nll'), data.numbers('mask'));
    const expected = ['val_nll', 'val_bpd', 'val_ppl'].map((tensor) => data.numbers(tensor)[0]!);
    expect([nll, bitsPerToken, perplexity]).toBeCloseToArray(expected, { rtol: data.tolerance['rtol_f64'] });
  });
});

/** Counts with ½ added to each, normalised: the smoothing of the starred variants. */
function smoothed(histogram: ArrayLike<number>, count: number): number[] {
  const counts = Array.from(histogram, (share) => share * count + 0.5);
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((value) => value / total);
}

describe.each(goldenNames('metrics/mauve'))('%s', (name) => {
  const data = golden(name);
  const features = (tensor: string): number[][] => {
    const [rows, width] = data.tensor(tensor).shape as [number, number];
    const values = data.numbers(tensor);
    return Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * width, (row + 1) * width)));
  };
  const rtol = data.tolerance['rtol_from_hist'];

  it('is the reference value from its histograms, plain and smoothed', () => {
    const [p, q] = [data.numbers('p_hist'), data.numbers('q_hist')];
    const plain = mauveFromHistograms(p, q);
    expect([plain.mauve, plain.frontierIntegral]).toBeCloseToArray(
      [data.numbers('mauve')[0]!, data.numbers('frontier_integral')[0]!],
      { rtol },
    );
    const [rowsP, rowsQ] = [data.tensor('p_features').shape[0]!, data.tensor('q_features').shape[0]!];
    const star = mauveFromHistograms(smoothed(p, rowsP), smoothed(q, rowsQ));
    expect([star.mauve, star.frontierIntegral]).toBeCloseToArray(
      [data.numbers('mauve_star')[0]!, data.numbers('frontier_integral_star')[0]!],
      { rtol },
    );
  });

  it('is near it from features, and the same each time', async () => {
    const buckets = parameter(name, 'num_buckets');
    const first = await mauve(features('p_features'), features('q_features'), { buckets });
    expect(await mauve(features('p_features'), features('q_features'), { buckets })).toEqual(first);
    expect(Math.abs(first.mauve - data.numbers('mauve')[0]!)).toBeLessThan(0.1);
  });
});
