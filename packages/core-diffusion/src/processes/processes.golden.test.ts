import { type GoldenCase, golden, goldenNames } from '@idlm/tools/golden';
import { mdlm } from '../families/mdlm/mdlm';
import { udlm } from '../families/udlm/udlm';
import { type RandomStream, randomStream } from '../random/stream';
import { markBatch } from '../noise/batch';
import { uniform } from './uniform';

const numberOf = (data: GoldenCase, name: string) => Number((data.params as Record<string, unknown>)[name]);

/** A stream whose uniforms are stored ones. */
function replay(uniforms: Iterable<number>): RandomStream {
  const iterator = uniforms[Symbol.iterator]();
  return { ...randomStream(0), uniform: () => Number(iterator.next().value) };
}

function cleanOf(data: GoldenCase) {
  const [batch, length] = data.tensor('x0').shape as [number, number];
  return { ids: data.ints('x0'), batch, length };
}

const softmax = (row: Float64Array) => {
  const top = Math.max(...row);
  const total = row.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return row.map((value) => Math.exp(value - top) / total);
};

describe.each(goldenNames('losses/mdlm_forward_noising'))('%s', (name) => {
  const data = golden(name);
  const maskId = numberOf(data, 'mask_index');
  const vocabSize = Math.max(maskId, ...data.ints('x0')) + 1;

  it('masks the tokens that the reference masks, at the times of these signal levels', () => {
    const family = mdlm({ vocabSize, maskId });
    const times = data.numbers('alpha').map(family.schedule.inverse);
    const { masked } = family.noise(markBatch(cleanOf(data)), times, replay(data.numbers('u')));
    expect(masked.values).toEqual(data.ints('xt').map((id) => Number(id === maskId)));
  });
});

describe.each(goldenNames('losses/duo_base_forward_noising'))('%s', (name) => {
  it('replaces tokens as the reference does', () => {
    const data = golden(name);
    const vocabSize = numberOf(data, 'V');
    const tokens = data.ints('uniform_tokens');
    // Each position draws whether it moves, then where to; the middle of a token's share of [0, 1) names that token.
    const draws = Array.from(data.numbers('u_move'), (u, i) => [u, (tokens[i]! + 0.5) / vocabSize]).flat();
    const [family, clean] = [udlm({ vocabSize }), markBatch(cleanOf(data))];
    const { moved, replacement } = family.noise(
      clean,
      data.numbers('alpha').map(family.schedule.inverse),
      replay(draws),
    );
    const noisy = clean.ids.map((id, i) => (moved.values[i] ? replacement.values[i]! : id));
    expect(noisy).toEqual(data.ints('xt'));
  });
});

/** The posterior of every position of a case, [B·L·V]. */
function posteriors(
  vocabSize: number,
  xt: Int32Array,
  clean: (i: number) => Float64Array,
  alphaS: number,
  alphaT: number,
) {
  const process = uniform({ vocabSize });
  const all = new Float64Array(xt.length * vocabSize);
  xt.forEach((current, i) =>
    process.posterior(current, clean(i), alphaS, alphaT, all.subarray(i * vocabSize, (i + 1) * vocabSize)),
  );
  return all;
}

describe.each(goldenNames('samplers/udlm_true_posterior'))('%s', (name) => {
  it('equals the reference for known clean tokens', () => {
    const data = golden(name);
    const vocabSize = numberOf(data, 'V');
    const oneHot = (i: number) => Float64Array.from({ length: vocabSize }, (_, v) => Number(v === data.ints('x0')[i]));
    expect(
      posteriors(vocabSize, data.ints('xt'), oneHot, numberOf(data, 'alpha_s'), numberOf(data, 'alpha_t')),
    ).toBeCloseToArray(data.numbers('posterior'), { rtol: data.tolerance['rtol_f64']! });
  });
});

describe.each(goldenNames('samplers/udlm_ancestral'))('%s', (name) => {
  it('equals the reference for predicted clean tokens', () => {
    const data = golden(name);
    const vocabSize = numberOf(data, 'V');
    const logits = data.numbers('logits');
    const [alphaS, alphaT] = [data.numbers('alpha_s')[0]!, data.numbers('alpha_t')[0]!];
    const predicted = (i: number) => softmax(logits.slice(i * vocabSize, (i + 1) * vocabSize));
    expect(posteriors(vocabSize, data.ints('xt'), predicted, alphaS, alphaT)).toBeCloseToArray(data.numbers('probs'), {
      rtol: data.tolerance['rtol_f64']!,
    });
  });
});

describe.each(goldenNames('dit_forward/mdlm'))('%s', (name) => {
  it('has the reference SUBS rows, masked and unmasked', () => {
    const data = golden(name);
    const [, , width] = data.tensor('raw_logits_f64').shape as [number, number, number];
    const family = mdlm({ vocabSize: width, maskId: numberOf(data, 'mask_index') });
    const rows = data.numbers('raw_logits_f64').slice();
    data.ints('xt').forEach((id, i) => family.slotToLogProbs(rows.subarray(i * width, (i + 1) * width), id, 0.5));
    const floor = (values: Float64Array) => values.map((value) => Math.max(value, -1e5));
    expect(floor(rows)).toBeCloseToArray(floor(data.numbers('log_probs_f64')), { atol: data.tolerance['atol_f64']! });
  });
});
