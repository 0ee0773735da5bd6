import { InputError, type Parameters, intFeed, mdlm, randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import type { DistillationBatch, Networks, Objective, ObjectiveContext } from '../objective';
import { objectives } from '../objectives/registry';
import { objectiveConformance } from './objective-checks';

beforeAll(() => useBackend());

describe.each(objectives.entries().map(([name]) => name))('%s', (name) => {
  it.each(objectiveConformance(name).map((check) => [check.name, check.run] as const))('%s', async (__, run) => {
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

type Change = (whole: Objective, context: ObjectiveContext) => Partial<Objective>;
type Mutant = readonly [name: string, change: Change, message: RegExp, base?: string];

let count = 0;
/** An objective with a fault, under a name of its own. */
function faulty(change: Change, base: string): string {
  const name = `faulty-${count++}`;
  objectives.register(name, {
    description: 'an objective with a fault',
    create(options, context) {
      const whole = { ...objectives.create(base, context), spec: { name, options } };
      return { ...whole, ...change(whole, context) };
    },
  });
  return name;
}

/** The student's loss with something done to it. */
const withLoss =
  (alter: (loss: tf.Tensor, networks: Networks, fed: object) => tf.Tensor): Change =>
  ({ studentLoss }) => ({
    studentLoss(networks, fed) {
      const { loss, stats } = studentLoss(networks, fed);
      return { loss: alter(loss, networks, fed), stats };
    },
  });

/** The student's feeds with something done to them. */
const withFeeds =
  (alter: (feeds: object, batch: DistillationBatch) => object): Change =>
  ({ studentFeeds }) => ({ studentFeeds: (batch, random) => alter(studentFeeds(batch, random), batch) });

const tableOf = (parameters: Parameters): tf.Tensor => parameters['table']!;
const kept: tf.Tensor[] = [];
afterAll(() => tf.dispose(kept));
let calls = 0;

const mutants: readonly Mutant[] = [
  [
    'a spec that is no JSON',
    ({ spec }) => ({ spec: { ...spec, options: { deep: undefined as never } } }),
    /spec is no JSON/,
  ],
  [
    'options that the spec lacks',
    (whole) => ({ spec: { ...whole.spec, options: { made: `${(count += 1)}` } } }),
    /spec makes another objective/,
  ],
  ['a fake that is never fed', () => ({ fakeFeeds: undefined }), /lacks fakeFeeds, which must be a function/, 'idlm'],
  ['a step of no work', () => ({ passes: { student: 0, fake: 0 } }), /passes\.student is 0/],
  ['work of a fake that is none', () => ({ passes: { student: 3, fake: 1 } }), /passes\.fake is 1 without a fakeLoss/],
  ['a teacher that is replaced every half update', () => ({ refresh: { every: 0.5 } }), /refresh\.every is 0\.5/],
  ['a feed that is a number', withFeeds((feeds) => ({ ...feeds, more: 3 })), /the feed more is 3/],
  [
    'a feed of doubles',
    withFeeds((feeds) => ({ ...feeds, more: { values: Float64Array.of(1), shape: [1] } })),
    /the feed more is no Int32Array or Float32Array/,
  ],
  [
    'a feed of another shape',
    withFeeds((feeds) => ({ ...feeds, more: { values: Float32Array.of(1), shape: [2] } })),
    /the feed more has 1 values in the shape \[2\]/,
  ],
  [
    'a feed that is no number',
    withFeeds((feeds) => ({ ...feeds, more: { values: Float32Array.of(NaN), shape: [1] } })),
    /the feed more holds what is no number/,
  ],
  [
    'feeds whose names change',
    withFeeds((feeds, { update = 0 }) => ({ ...feeds, ...(update ? { late: intFeed(Int32Array.of(1)) } : {}) })),
    /other names or types at a later update/,
  ],
  [
    'draws of chance',
    withFeeds((feeds) => ({ ...feeds, more: intFeed(Int32Array.of(calls++)) })),
    /the same stream gave other draws of the student/,
  ],
  [
    'draws that are none',
    ({ studentFeeds }) => ({ studentFeeds: (batch) => studentFeeds(batch, randomStream(1)) }),
    /another stream gave the same draws/,
  ],
  ['a loss that counts', withLoss((loss) => tf.add(loss, calls++)), /is another for the same feeds/],
  [
    'a leak',
    withLoss((loss) => {
      kept.push(tf.keep(tf.clone(tf.scalar(1))));
      return loss;
    }),
    /leaves \d+ tensors behind/,
  ],
  ['a loss of many numbers', withLoss((loss) => tf.stack([loss, loss])), /the loss has shape \[2\]/],
  ['a loss that is infinite', withLoss((loss) => tf.div(loss, 0)), /the student's loss is -?Infinity/],
  [
    'a statistic that is none',
    ({ studentLoss }) => ({
      studentLoss: (networks, fed) => ({ ...studentLoss(networks, fed), stats: { broken: tf.scalar(NaN) } }),
    }),
    /the statistic broken is NaN/,
  ],
  [
    'a gradient that is none',
    withLoss((loss, { student }) => tf.add(loss, tf.sum(tf.sqrt(tf.mul(tableOf(student), 0))))),
    /the gradient of the student is not finite/,
  ],
  [
    'a student that is a constant',
    withLoss((loss) => tf.mul(loss, 0)),
    /the gradient of the student is zero everywhere/,
  ],
  [
    'a gradient in the teacher',
    withLoss((loss, { teacher }) => tf.add(loss, tf.mean(tableOf(teacher)))),
    /the student's loss has a gradient in the teacher/,
  ],
  [
    'a gradient of the fake in the student',
    ({ fakeLoss }) => ({
      fakeLoss(networks, fed) {
        const { loss, stats } = fakeLoss!(networks, fed);
        return { loss: tf.add(loss, tf.mean(tableOf(networks.student))), stats };
      },
    }),
    /the fake's loss has a gradient in the student/,
    'idlm',
  ],
  [
    'a pull to the first token',
    withLoss((loss, { student }) =>
      tf.sub(loss, tf.mul(0.5, tf.mean(tf.slice(tf.logSoftmax(tableOf(student)), [0, 0], [-1, 1])))),
    ),
    /a student that writes the data's own law is moved/,
  ],
  [
    'a loss on half of the data',
    ({ studentFeeds }) => ({
      studentFeeds: (batch, random) =>
        studentFeeds({ ...batch, ids: batch.ids.map((id) => (id === 3 ? 0 : id)) }, random),
    }),
    /a student that writes the data's own law is moved/,
  ],
  [
    'a student step that forgets the fake',
    ({ studentLoss }) => ({
      studentLoss(networks, fed) {
        const { stats } = studentLoss(networks, fed);
        return { loss: stats['teacherLoss']!, stats };
      },
    }),
    /a student that writes the data's own law is moved/,
    'idlm',
  ],
];

it.each(mutants.map(([name, ...mutant]) => [name, mutant] as const))(
  'finds %s',
  async (_, [change, message, base = 'continued-training']) => {
    const errors: string[] = [];
    for (const { run } of objectiveConformance(faulty(change, base), { families: [mdlm({ vocabSize: 5, maskId: 4 })] }))
      await run().catch((error: Error) => errors.push(error.message));
    expect(errors.join('\n')).toMatch(message);
  },
);

it('takes what is said to want something else at its word, and what refuses every family for a fault', async () => {
  const pulled = faulty(
    withLoss((loss, { student }) => tf.add(loss, tf.mean(tf.square(tableOf(student))))),
    'continued-training',
  );
  for (const { run } of objectiveConformance(pulled, { restsAtData: false })) await run();
  objectives.register('refusing', {
    description: 'no family is good enough',
    create() {
      throw new InputError('no such family');
    },
  });
  await expect(objectiveConformance('refusing')[0]!.run()).rejects.toThrow('refuses all of the families mdlm, udlm');
  await expect(objectiveConformance('nowhere')[0]!.run()).rejects.toThrow('There is no objective named "nowhere"');
});
