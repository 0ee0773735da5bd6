import {
  type Family,
  type FloatFeed,
  type NoiseFeeds,
  mdlm,
  networkLoss,
  randomStream,
  slotCount,
  udlm,
  upload,
} from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import { golden, goldenNames } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import { bigram, bigramTable } from '../../test/bigram';
import type { Networks, Objective } from '../objective';
import { objectives } from './registry';
import { consistency } from './consistency';
import { continuedTraining } from './continued-training';
import { DIVERGENCES, divergenceOf } from './shared/divergence';
import { selfDistillation } from './self-distillation';

beforeAll(() => useBackend());

const [vocabSize, maskId, batch, length] = [5, 2, 8, 8];
const ids = Int32Array.from({ length: batch * length }, (_, i) => [0, 1, 3, 4][i % 4]!);
const data = { ids, batch, length };
const denoiser = bigram(vocabSize);
const masked = { family: mdlm({ vocabSize, maskId }), denoiser };
const moved = { family: udlm({ vocabSize }), denoiser };

const networks = (): Networks => ({
  student: bigramTable(vocabSize, 1),
  teacher: bigramTable(vocabSize, 2),
  fake: bigramTable(vocabSize, 3),
});

/** Loss of a role's step, and its gradient in that role's table. */
function evaluate(objective: Objective, given: Networks, fed: object, role: 'student' | 'fake') {
  const loss = (table: tf.Tensor) => objective[`${role}Loss`]!({ ...given, [role]: { table } }, fed).loss as tf.Scalar;
  const { value, grad } = tf.valueAndGrad(loss)(given[role]['table']!);
  return { value: value.dataSync()[0]!, gradient: grad.dataSync() };
}

const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));

const others = ['continued-training', 'sdtt', 'dcd', 'didi-instruct', 'moment-matching'];

describe.each([
  ...others.map((name) => [name, 'mdlm', masked] as const),
  ...others.filter((name) => name !== 'sdtt').map((name) => [name, 'udlm', moved] as const),
])('%s on %s', (name, _, context) => {
  const objective = objectives.create(name, context);

  it('has finite losses and live gradients for the networks it trains', () => {
    tf.tidy(() => {
      const given = networks();
      const student = evaluate(objective, given, upload(objective.studentFeeds(data, randomStream(5))), 'student');
      expect(Number.isFinite(student.value)).toBe(true);
      expect(largest(student.gradient)).toBeGreaterThan(1e-5);
      expect(Boolean(objective.fakeLoss)).toBe(Boolean(objective.fakeFeeds));
      expect(objective.passes.fake > 0).toBe(Boolean(objective.fakeLoss));
      if (!objective.fakeLoss) return;
      const fake = evaluate(objective, given, upload(objective.fakeFeeds!(data, randomStream(5))), 'fake');
      expect(fake.value).toBeGreaterThan(0);
      expect(largest(fake.gradient)).toBeGreaterThan(1e-5);
    });
  });

  it('draws the same step from the same stream, and names its choices', () => {
    const draw = (update: number) => JSON.stringify(objective.studentFeeds({ ...data, update }, randomStream(5)));
    expect(draw(3)).toBe(draw(3));
    expect(objectives.create(objective.spec, context).spec).toEqual(objective.spec);
  });

  it('lowers its own loss in a hundred steps, or raises its reward', () => {
    const given = networks();
    const step = (table: tf.Tensor, seed: number) =>
      objective.studentLoss({ ...given, student: { table } }, upload(objective.studentFeeds(data, randomStream(seed))));
    // A policy gradient's surrogate has no meaning as a value.
    const measure = (table: tf.Tensor, seed: number) =>
      tf.tidy(() => {
        const { loss, stats } = step(table, seed);
        return stats['reward'] ? tf.neg(stats['reward']) : loss;
      });
    const optimizer = tf.train.adam(0.02);
    const table = tf.variable(given.student['table']!.clone());
    const mean = () => {
      let sum = 0;
      for (let seed = 1000; seed < 1030; seed++) {
        const value = measure(table, seed);
        sum += value.dataSync()[0]!;
        value.dispose();
      }
      return sum / 30;
    };
    const before = mean();
    const count = tf.memory().numTensors;
    for (let k = 0; k < 100; k++) optimizer.minimize(() => step(table, k).loss as tf.Scalar, false, [table]);
    // Adam keeps two moments; nothing else may stay.
    expect(tf.memory().numTensors).toBeLessThanOrEqual(count + 4);
    expect(mean()).toBeLessThan(before);
    optimizer.dispose();
    tf.dispose([table, given as never]);
  });
});

/** What each slot counts in an objective's draws, with the noise that it is about. */
function countedBy(feeds: object): [NoiseFeeds, FloatFeed][] {
  const { noise, late, factors, shares, start, middle } = feeds as Readonly<
    Record<'noise' | 'late', NoiseFeeds> &
      Record<'factors' | 'shares', FloatFeed> &
      Record<'start' | 'middle', NoiseFeeds & { factors: FloatFeed }>
  >;
  return start ? [start, middle].map((step) => [step, step.factors]) : [[noise ?? late, factors ?? shares]];
}

describe.each(['sdtt', 'dcd', 'moment-matching', 'didi-instruct'])('%s', (name) => {
  it('counts no padding', () => {
    // One masked token and seven of padding, which stand at position 0, a prompt.
    const valid = Uint8Array.from(ids, (_, i) => Number(i % length === 4));
    const feeds = objectives.create(name, masked).studentFeeds({ ...data, valid }, randomStream(8));
    for (const [noise, { values }] of countedBy(feeds)) {
      const real = slotCount(noise);
      expect(values.length).toBeGreaterThan(real);
      values.forEach((weight, n) => expect(weight > 0).toBe(n < real));
    }
  });
});

describe('continuedTraining', () => {
  it('is the family’s loss of the student on data', () => {
    tf.tidy(() => {
      const given = networks();
      const objective = continuedTraining(masked, { reduction: 'sum' });
      const fed = upload(objective.studentFeeds(data, randomStream(2)));
      const terms = networkLoss<NoiseFeeds>(masked, given.student, { ids: fed.ids }, fed.noise);
      const expected = tf.sum(terms).dataSync()[0]! / batch;
      expect(objective.studentLoss(given, fed).loss.dataSync()[0]).toBeCloseTo(expected, 4);
    });
  });
});

describe('selfDistillation', () => {
  it('has nothing to learn in a single step of the teacher’s own weights', () => {
    tf.tidy(() => {
      const given = networks();
      const objective = selfDistillation(masked, { stepsPerUpdate: 1 });
      const fed = upload(objective.studentFeeds(data, randomStream(4)));
      const { value, gradient } = evaluate(objective, { ...given, student: given.teacher }, fed, 'student');
      expect(Math.abs(value)).toBeLessThan(1e-5);
      expect(largest(gradient)).toBeLessThan(1e-5);
    });
  });

  it('learns from more of the teacher’s steps, since each sees the tokens of the one before', () => {
    tf.tidy(() => {
      const given = networks();
      const objective = selfDistillation(masked, { stepsPerUpdate: 4, steps: 4 });
      const fed = upload(objective.studentFeeds(data, randomStream(4)));
      expect(evaluate(objective, { ...given, student: given.teacher }, fed, 'student').value).toBeGreaterThan(1e-3);
    });
  });

  it('doubles its step when the teacher is renewed', () => {
    const objective = selfDistillation(masked, { steps: 64, stepsPerUpdate: 2, refreshEvery: 10 });
    expect(objective.refresh).toEqual({ every: 10 });
    const alpha = (update: number, step: number) =>
      Math.exp(
        -objective.studentFeeds({ ...data, update }, randomStream(4)).path.sigma.values[step * batch + batch - 1]!,
      );
    const width = (update: number) => alpha(update, 1) - alpha(update, 0);
    expect(width(10) / width(9)).toBeCloseTo(2, 3);
  });

  it('lets one step of a renewed teacher cover what several covered before', () => {
    const objective = selfDistillation(masked, { steps: 81, stepsPerUpdate: 3, refreshEvery: 10 });
    const sigmas = (update: number) => objective.studentFeeds({ ...data, update }, randomStream(4)).path.sigma.values;
    const alpha = (update: number, step: number) => Math.exp(-sigmas(update)[step * batch + batch - 1]!);
    expect((alpha(10, 1) - alpha(10, 0)) / (alpha(9, 1) - alpha(9, 0))).toBeCloseTo(3, 3);
  });

  it('refuses processes without a mask, and counts below 1', () => {
    expect(() => selfDistillation(moved)).toThrow('sdtt works on absorbing processes; the udlm family');
    expect(() => selfDistillation(masked, { steps: 0.5 })).toThrow('steps of sdtt is a whole number, at least 1; 0.5');
  });
});

describe('consistency', () => {
  it.each([
    ['masked', masked],
    ['uniform', moved],
  ])('takes both states from one trajectory (%s)', (_, context) => {
    tf.tidy(() => {
      const fed = upload(consistency(context, { steps: 4 }).studentFeeds(data, randomStream(3)));
      const family: Family = context.family;
      const [late, early] = [fed.late, fed.early].map((noise) =>
        family.corrupt({ ids: fed.ids }, noise).ids.dataSync(),
      );
      // What is still clean later was clean earlier, and what has moved earlier has moved to the same token.
      late!.forEach((token, i) => {
        if (early![i] !== ids[i]) expect(token).toBe(early![i]);
      });
      expect(early).not.toEqual(late);
    });
  });

  it('is nearly zero between neighbours when student and teacher agree', () => {
    tf.tidy(() => {
      const given = networks();
      const objective = consistency(moved, { steps: 1e6 });
      const fed = upload(objective.studentFeeds(data, randomStream(3)));
      expect(Math.abs(evaluate(objective, { ...given, student: given.teacher }, fed, 'student').value)).toBeLessThan(
        1e-5,
      );
    });
  });

  it('refuses a backward divergence on masked diffusion', () => {
    expect(() => consistency(masked, { divergence: 'kl-backward' })).toThrow(
      'has the forward divergence only on masked diffusion',
    );
  });
});

describe('divergenceOf', () => {
  it.each(DIVERGENCES)('is 0 for equal predictions, without a gradient, and above 0 for others (%s)', (name) => {
    tf.tidy(() => {
      const [a, b] = [1, 2].map((seed) => tf.randomNormal([4, 6], 0, 1, 'float32', seed));
      const teacher = tf.logSoftmax(a!);
      const loss = (logits: tf.Tensor) => divergenceOf(teacher, tf.logSoftmax(logits), name);
      const gradient = tf.grad((logits: tf.Tensor) => tf.sum(loss(logits)));
      expect(largest(loss(a!).dataSync())).toBeLessThan(1e-6);
      expect(largest(gradient(a!).dataSync())).toBeLessThan(1e-6);
      expect(Math.min(...loss(b!).dataSync())).toBeGreaterThan(1e-3);
      expect(largest(gradient(b!).dataSync())).toBeGreaterThan(1e-3);
    });
  });
});

describe.each(goldenNames('losses/dcd_kl'))('%s', (name) => {
  it('is the reference divergence, with its gradient in the student', () => {
    const data = golden(name);
    const width = data.tensor('student_logits').shape[2]!;
    const rows = (tensor: string) =>
      tf.tensor2d(Float32Array.from(data.numbers(tensor)), [data.numbers(tensor).length / width, width]);
    tf.tidy(() => {
      const teacher = tf.logSoftmax(rows('teacher_logits'));
      const loss = (logits: tf.Tensor) =>
        divergenceOf(teacher, tf.logSoftmax(logits), name.endsWith('fwd') ? 'kl-forward' : 'kl-backward');
      const logits = rows('student_logits');
      expect(loss(logits).dataSync()).toBeCloseToArray(data.numbers('loss_f64'), { rtol: 1e-4, atol: 1e-5 });
      const gradient = tf
        .grad((given: tf.Tensor) => tf.sum(loss(given)))(logits)
        .dataSync();
      expect(gradient).toBeCloseToArray(data.numbers('grad_student_logits'), { atol: 1e-4 });
    });
  });
});
