import { type MdlmNoise, randomStream, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type ListedProblem, enumeratedGradient, enumeratedObjective } from '../../../test/enumerated';
import { type Quality, drawGradients, quality } from '../../../test/estimates';
import { listedMasked, listedUniform } from '../../../test/listed-process';
import { networksOf, randomProblem } from '../../../test/problems';
import { tableDenoiser } from '../../../test/table';
import { inverseObjective } from './inverse-objective';
import type { Objective } from '../../objective';
import { objectives } from '../registry';
import { scoreFunctionObjective } from './score-function';

beforeAll(() => useBackend());

// Weights are as large as 1/t: a larger least time gives sampling errors that are normal after few draws.
const times = { antithetic: false, samplingEps: 0.05 };

const contextOf = ({ process }: ListedProblem) => ({ family: process.family, denoiser: tableDenoiser(process) });

/** Sequences of independent even tokens. */
const drawBatch = ({ process: { clean } }: ListedProblem, batch: number) => ({
  ids: randomStream(6).integers(batch * clean.length, clean.vocabSize),
  batch,
  length: clean.length,
});

const cases = [
  ['masked', randomProblem(listedMasked(3, 2))],
  ['uniform', randomProblem(listedUniform(3, 2))],
] as const;

describe.each(cases)('the score-function objective of the %s process', (_, problem) => {
  const context = contextOf(problem);
  const measure = (objective: Objective): Quality => {
    const gradients = drawGradients(objective, problem, { batches: 24, batch: 1024, seed: 1 });
    return quality(gradients, enumeratedGradient(problem, times), 1024);
  };

  it.each([2, 4])('has the enumerated gradient on average, with %d samples', (samples) => {
    const { squaredBias, squaredBiasError, cosine } = measure(scoreFunctionObjective(context, { samples, times }));
    expect(Math.abs(squaredBias)).toBeLessThan(3 * squaredBiasError);
    // So that the bias of a relaxation would be seen.
    expect(squaredBiasError).toBeLessThan(0.01);
    expect(cosine).toBeGreaterThan(0.98);
  });

  it('measures what a biased estimator would fail: the simplex relaxation does', () => {
    const { squaredBias, squaredBiasError } = measure(inverseObjective(context, { times }));
    expect(squaredBias).toBeGreaterThan(10 * squaredBiasError);
  });

  it('has the objective as its value', () => {
    const objective = scoreFunctionObjective(context, { times });
    const expected = enumeratedObjective({ ...problem, data: problem.data.map(() => 1 / problem.data.length) }, times);
    const given = networksOf(problem);
    const values = Array.from({ length: 8 }, (_, seed) =>
      tf.tidy(() => {
        const fed = upload(objective.studentFeeds(drawBatch(problem, 2048), randomStream(seed)));
        const { loss, stats } = objective.studentLoss(given, fed);
        const value = loss.dataSync()[0]!;
        expect(value).toBeCloseTo(stats['teacherLoss']!.dataSync()[0]! - stats['fakeLoss']!.dataSync()[0]!, 4);
        return value;
      }),
    );
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    expect(Math.abs(mean - expected)).toBeLessThan((4 * deviation) / Math.sqrt(values.length));
    tf.dispose(given as never);
  });

  it('is exactly zero, with zero gradient, when teacher and fake agree', () => {
    tf.tidy(() => {
      const objective = scoreFunctionObjective(context);
      const given = networksOf(problem);
      const fed = upload(objective.studentFeeds(drawBatch(problem, 8), randomStream(5)));
      const { value, grad } = tf.valueAndGrad(
        (table: tf.Tensor) =>
          objective.studentLoss({ ...given, student: { table }, fake: given.teacher }, fed).loss as tf.Scalar,
      )(given.student['table']!);
      expect(value.dataSync()[0]).toBe(0);
      expect(grad.dataSync().every((slope) => slope === 0)).toBe(true);
    });
  });

  it('trains the fake alone on hard tokens, as the simplex’s own loss is where its rows are the tokens', () => {
    tf.tidy(() => {
      const objective = scoreFunctionObjective(context);
      const given = networksOf(problem);
      // A student that is sure of its tokens: soft and hard ones are the same.
      const sure = { table: tf.mul(given.student['table']!, 1e5) };
      const fed = upload(objective.fakeFeeds(drawBatch(problem, 64), randomStream(5)));
      const slopeOf = (of: Pick<typeof objective, 'fakeLoss'>, role: 'fake' | 'student') =>
        tf
          .grad((table: tf.Tensor) => {
            const networks = { ...given, student: sure, [role]: { table } };
            return tf.add(of.fakeLoss(networks, fed).loss, tf.mul(tf.sum(table), 0)) as tf.Scalar;
          })(role === 'fake' ? given.fake['table']! : sure.table)
          .dataSync();
      expect(slopeOf(objective, 'student').every((slope) => slope === 0)).toBe(true);
      const [ours, reference] = [objective, inverseObjective(context)].map((of) => slopeOf(of, 'fake'));
      expect(Math.hypot(...ours!)).toBeGreaterThan(1e-2);
      expect(ours!).toBeCloseToArray(reference!, { atol: 1e-5 });
    });
  });
});

describe('the score-function objective', () => {
  const [[, problem]] = cases;

  it('counts positions by the reduction, and leaves prompts alone', () => {
    const batch = { ...drawBatch(problem, 64), valid: Uint8Array.from({ length: 128 }, (_, i) => i % 2) };
    const given = networksOf(problem);
    const value = (reduction: 'sum' | 'mean') =>
      tf.tidy(() => {
        const objective = scoreFunctionObjective(contextOf(problem), { reduction });
        const feeds = objective.studentFeeds(batch, randomStream(2));
        for (const { noise } of [feeds.first, feeds.second])
          (noise as MdlmNoise).masked.values.forEach((one, i) => expect(one <= batch.valid[i]!).toBe(true));
        return objective.studentLoss(given, upload(feeds)).loss.dataSync()[0]!;
      });
    // One of two positions is free: a mean over it is its sum.
    expect(value('sum') / value('mean')).toBeCloseTo(1, 5);
    tf.dispose(given as never);
  });

  it('leaks nothing, and draws the same step from the same stream', () => {
    const objective = scoreFunctionObjective(contextOf(problem));
    const given = networksOf(problem);
    const feeds = () => objective.studentFeeds(drawBatch(problem, 8), randomStream(5));
    expect(feeds()).toEqual(feeds());
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const fed = upload(feeds());
      tf.grad((table: tf.Tensor) => objective.studentLoss({ ...given, student: { table } }, fed).loss)(
        given.student['table']!,
      );
    });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(given as never);
  });

  it('is made from JSON, and refuses a single sample', () => {
    const context = contextOf(problem);
    const { spec } = scoreFunctionObjective(context, { samples: 3, reduction: 'mean', largestStudentTime: 0.9 });
    expect(objectives.create(JSON.parse(JSON.stringify(spec)), context).spec).toEqual(spec);
    for (const samples of [1, 2.5])
      expect(() => objectives.create({ name: 'idlm-score-function', options: { samples } }, context)).toThrow(
        `samples of idlm-score-function is a whole number, at least 2; ${samples} was given.`,
      );
  });
});
