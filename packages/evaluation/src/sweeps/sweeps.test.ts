import { type Denoiser, type TimeGridOptions, logLinear, mdlm, randomStream } from '@idlm/core-diffusion';
import { type LogitShaper, ancestralCached, topK } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { nelboPerplexity } from '../nelbo';
import { nGramScorer } from '../scorers/n-gram';
import { type ArmSummary, bestAtEqualEntropy, summariseArms } from './compare';
import { equivalentSteps } from './match';
import { type SweepCell, sweep } from './sweep';
import { autoregressiveModel, diffusionModel } from './swept-model';

const family = mdlm({ vocabSize: 4, maskId: 3 });
const cycle = Int32Array.from({ length: 600 }, (_, i) => i % 3);
const data = { ids: cycle.slice(0, 120), batch: 20, length: 6 };

/** Logits that prefer the successor of the token on the left; `sharpness` sets how much. */
const successor =
  (sharpness: number) =>
  async ({ tokens, positions, length }: { tokens: Int32Array; positions: Int32Array; length: number }) =>
    Float64Array.from({ length: positions.length * 4 }, (_, i) => {
      const position = positions[Math.floor(i / 4)]!;
      const left = position % length ? tokens[position - 1]! : 3;
      return left < 3 && i % 4 === (left + 1) % 3 ? sharpness : 0;
    });

/** A network of that sharpness, in a sweep. */
const swept = (name: string, sharpness: number, steps: readonly number[]) =>
  diffusionModel({
    name,
    steps,
    denoise: successor(sharpness),
    family,
    sampler: ancestralCached(),
    timeConditioned: false,
  });

const run = (seed = 1) =>
  sweep({
    models: [swept('teacher', 2, [1, 16]), swept('student', 5, [1, 2, 8])],
    temperatures: [1, 0.5],
    samples: 48,
    length: 6,
    random: randomStream(seed),
    scorers: [nGramScorer(cycle, { order: 2, vocabSize: 4 })],
    data,
    decode: (ids) => Array.from(ids, (id) => 'abc_'[id]).join(''),
    words: new Set(['abcabc']),
  });

describe('sweep', () => {
  it('measures every cell, the same each time, at no more evaluations than steps or tokens', async () => {
    const rows = await run();
    expect(rows.map(({ model, steps, temperature }) => `${model} ${steps} ${temperature}`)).toEqual(
      ['1 1', '16 1', '1 0.5', '16 0.5']
        .map((cell) => `teacher ${cell}`)
        .concat(['1 1', '2 1', '8 1', '1 0.5', '2 0.5', '8 0.5'].map((cell) => `student ${cell}`)),
    );
    const withoutTime = (all: SweepCell[]) => all.map(({ seconds: _, ...row }) => row);
    expect(withoutTime(await run())).toEqual(withoutTime(rows));
    rows.forEach(({ seconds }) => expect(seconds).toBeGreaterThan(0));
    expect((await run(2))[0]!.perplexity).not.toEqual(rows[0]!.perplexity);
    for (const { steps, evaluationsPerSample, entropy, examples } of rows) {
      expect(evaluationsPerSample).toBeLessThanOrEqual(Math.min(steps + 1, 7));
      expect(entropy).toBeLessThanOrEqual(Math.log(3) + 1e-9);
      expect(examples[0]).toMatch(/^[abc]{6}$/);
    }
  });

  it('finds more steps better for a network that reads context', async () => {
    const rows = (await run()).filter(({ model, temperature }) => model === 'student' && temperature === 1);
    expect(rows[2]!.perplexity['n-gram']!).toBeLessThan(rows[0]!.perplexity['n-gram']!);
  });
});

describe('rows at once', () => {
  it('are at most as many as asked for, of the same samples, whatever the kind of model', async () => {
    const most: number[] = [];
    const counting =
      (denoise: ReturnType<typeof successor>) => async (request: Parameters<ReturnType<typeof successor>>[0]) => {
        most.push(request.tokens.length / request.length);
        return denoise(request);
      };
    const models = [
      diffusionModel({
        ...{ name: 'teacher', steps: [4], family, sampler: ancestralCached(), timeConditioned: false },
        denoise: counting(successor(2)),
      }),
      autoregressiveModel({ name: 'baseline', denoise: counting(successor(2)), first: [1, 1, 1, 0], length: 6 }),
    ];
    const given = { models, temperatures: [1], samples: 20, length: 6, scorers: [], data, words: new Set<string>() };
    const drawn = (maxRows?: number) =>
      sweep({ ...given, random: randomStream(1), decode: (ids) => ids.join(), maxRows });
    const whole = await drawn();
    expect(Math.max(...most)).toBe(20);
    most.length = 0;
    expect((await drawn(6)).map(({ examples, drift }) => [examples, drift])).toEqual(
      whole.map(({ examples, drift }) => [examples, drift]),
    );
    expect(Math.max(...most)).toBe(6);
  });

  it('come with a grid and a shaper behind the temperature', async () => {
    const run = async (grid?: TimeGridOptions, shape?: LogitShaper) => {
      const model = diffusionModel({
        ...{ name: 'teacher', steps: [4], family, sampler: ancestralCached(), timeConditioned: false },
        ...{ denoise: successor(2), grid },
      });
      const given = { models: [model], samples: 20, length: 6, scorers: [], data, words: new Set<string>() };
      const random = randomStream(1);
      const rows = await sweep({ ...given, temperatures: [1, 2], random, shape, decode: (ids) => ids.join() });
      return rows.map(({ examples }) => examples.join(';'));
    };
    const [plain, cosine, sharp] = [await run(), await run({ spacing: 'cosine' }), await run(undefined, topK(1))];
    plain.forEach((texts, i) => expect([cosine[i] === texts, sharp[i] === texts]).toEqual([false, false]));
    // The likeliest token is the same at any temperature.
    expect(sharp[0]).toBe(sharp[1]);
  });
});

const row = (model: string, steps: number, perplexity: number, entropy: number): SweepCell => ({
  model,
  steps,
  temperature: 1,
  samples: 8,
  networkCalls: steps,
  evaluationsPerSample: steps / 2,
  perplexity: { a: perplexity, b: perplexity * 2 },
  entropy,
  entropyError: 0,
  distinct: [1, 1, 1],
  wordRate: 0.5,
  drift: { marginals: 0, pairs: 0, lengths: 0, entropy: 0 },
  driftFloor: { marginals: 0, pairs: 0, lengths: 0, entropy: 0 },
  examples: [],
});

describe('equivalentSteps', () => {
  const teacher = row('teacher', 256, 100, 2.6);

  it('finds the fewest steps that reach the teacher under every scorer at its entropy', () => {
    const rows = [teacher, row('student', 4, 120, 2.6), row('student', 16, 90, 2.6), row('student', 8, 95, 2.65)];
    expect(equivalentSteps(rows, 256)).toMatchObject({
      reached: true,
      student: { steps: 8 },
      stepRatio: 32,
      evaluationRatio: 32,
    });
  });

  it('does not take low entropy for quality, and shows the nearest try otherwise', () => {
    expect(equivalentSteps([teacher, row('student', 8, 50, 2.0)], 256)).toMatchObject({ reached: false });
    const short = equivalentSteps([teacher, row('student', 4, 150, 2.6), row('student', 8, 110, 2.6)], 256);
    expect(short).toMatchObject({ reached: false, student: { steps: 8 } });
    const collapsed = [teacher, row('student', 4, 40, 1.5), row('student', 8, 103, 2.6)];
    expect(equivalentSteps(collapsed, 256)).toMatchObject({ reached: false, student: { steps: 8 } });
    expect(short.perplexityRatio['a']).toBeCloseTo(1.1, 12);
    expect(() => equivalentSteps([teacher], 256)).toThrow('no student');
    const cold = [teacher, row('student', 8, 90, 2.6)].map((one) => ({ ...one, temperature: 0.5 }));
    expect(() => equivalentSteps(cold, 256)).toThrow('no teacher at 256 steps');
    expect(equivalentSteps(cold, 256, { temperature: 0.5 })).toMatchObject({ reached: true, stepRatio: 32 });
  });
});

describe('summariseArms', () => {
  const cell = (arm: string, perplexity: number, entropy: number, pairs: number, floor: number) => {
    const one = row(arm, 8, perplexity, entropy);
    const rows = [{ ...one, drift: { ...one.drift, pairs }, driftFloor: { ...one.driftFloor, pairs: floor } }];
    return { arm, rows };
  };
  const cells = [cell('idlm', 90, 2.6, 0.1, 0.02), cell('idlm', 110, 2.6, -0.3, 0.04), cell('sdtt', 50, 2, 0.5, 0.02)];

  it('takes means and deviations over seeds, sizes of drift, and the mean floor of chance', () => {
    const [idlm, sdtt] = summariseArms(cells) as [ArmSummary, ArmSummary];
    expect(idlm).toMatchObject({ arm: 'idlm', steps: 8, seeds: 2, perplexity: { a: { mean: 100 } } });
    expect(idlm.perplexity['a']!.deviation).toBeCloseTo(Math.sqrt(200), 12);
    expect(idlm.drift.pairs.mean).toBeCloseTo(0.2, 12);
    expect(idlm.driftFloor.pairs).toBeCloseTo(0.03, 12);
    expect(sdtt).toMatchObject({ seeds: 1, perplexity: { a: { mean: 50, deviation: 0 } } });
  });

  it('finds the best at equal entropy, not at less', () => {
    expect(bestAtEqualEntropy(summariseArms(cells), 8, 2.6, 0.03)?.arm).toBe('idlm');
    expect(bestAtEqualEntropy(summariseArms(cells), 8, 3, 0.03)).toBeUndefined();
  });

  it('takes no temperatures for seeds', () => {
    const warm = { arm: 'idlm', rows: [{ ...row('idlm', 8, 90, 2.6), temperature: 1.2 }] };
    expect(() => summariseArms([...cells, warm])).toThrow(
      'Arms are compared at one temperature; there are rows of 1, 1.2.',
    );
  });
});

describe('nelboPerplexity', () => {
  it('is the exact likelihood of a network that ignores context', async () => {
    const { compile } = await useBackend();
    const logits = [0.5, 0, -0.5, 9];
    const denoiser: Denoiser = {
      describe: () => ({ type: 'row', config: { vocabSize: 4, length: 2, timeConditioned: false } }),
      vocabSize: 4,
      timeConditioned: false,
      apply: ({ row: one }, _input, _sigma, { positions } = {}) => tf.tile(one!, [positions!.shape[0], 1]),
    };
    const parameters = { row: tf.tensor2d([logits]) };
    const schedule = logLinear();
    const exact =
      [0, 1, 2].reduce((sum, v) => sum - (logits[v]! - Math.log(Math.exp(0.5) + 1 + Math.exp(-0.5))), 0) / 3;
    const before = tf.memory().numTensors;
    const { nll, standardError, bitsPerByte, tokens, bytes, intervals } = await nelboPerplexity({
      family: mdlm({ vocabSize: 4, maskId: 3, schedule }),
      denoiser,
      parameters,
      batches: [data],
      random: randomStream(3),
      draws: 150,
      bytes: (ids) => 2 * ids.length,
      compile,
    });
    expect([tokens, bytes]).toEqual([120, 240]);
    expect(bitsPerByte).toBeCloseTo(nll / Math.LN2 / 2, 12);
    expect(intervals.nll[0]).toBeLessThan(exact);
    // Times begin at 0.001.
    expect(intervals.nll[1] + 0.005).toBeGreaterThan(exact);
    expect(intervals.nll[1] - intervals.nll[0]).toBeLessThan(0.1);
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.abs(nll - exact)).toBeLessThan(4 * standardError + 0.005);
    expect(standardError).toBeLessThan(0.05);
    parameters.row.dispose();
  });
});
