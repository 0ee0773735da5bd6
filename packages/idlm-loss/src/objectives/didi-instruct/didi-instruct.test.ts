import { type Family, markBatch, mdlm, randomStream, udlm, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { bigram, bigramTable } from '../../../test/bigram';
import type { Networks } from '../../objective';
import { didiInstruct } from './didi-instruct';
import { drawRollout, rollOut } from './student-rollout';

beforeAll(() => useBackend());

const [vocabSize, maskId, batch, length] = [5, 2, 8, 12];
const denoiser = bigram(vocabSize);
const ids = Int32Array.from({ length: batch * length }, (_, i) => [0, 1, 3, 4][i % 4]!);
const data = { ids, batch, length };
const families: readonly (readonly [string, Family])[] = [
  ['masked', mdlm({ vocabSize, maskId })],
  ['uniform', udlm({ vocabSize })],
];

describe.each(families)('rollout (%s)', (_, family) => {
  const middle = Float64Array.from({ length: batch }, (_, b) => (b + 0.5) / batch);

  it('writes every token but the prompt’s, once from a mask', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const valid = Uint8Array.from(ids, (_, i) => Number(i % length > 2));
        const feeds = drawRollout({ family, denoiser }, { ...data, valid }, middle, randomStream(seed));
        const asks = (['start', 'middle'] as const).map((step) => feeds[step].slots.values);
        valid.forEach((free, i) => {
          const count = asks.filter((slots) => slots[i]! >= 0).length;
          if (family.process.kind === 'absorbing' || !free) expect(count).toBe(free);
          else expect(count).toBeGreaterThanOrEqual(1);
        });
        tf.tidy(() => {
          const rollout = rollOut({ family, denoiser }, bigramTable(vocabSize, 1), upload(feeds), {
            frozen: true,
          }).ids.dataSync();
          rollout.forEach((token, i) =>
            valid[i] ? expect(token).not.toBe(family.process.maskId) : expect(token).toBe(ids[i]),
          );
        });
      }),
      { numRuns: 10 },
    );
  });

  it('has written as much at its middle as the process says', () => {
    const rows = markBatch({ ids: new Int32Array(4000), batch: 1, length: 4000 });
    const feeds = drawRollout({ family, denoiser }, rows, Float64Array.of(0.3), randomStream(2));
    const written = feeds.start.slots.values.filter((slot) => slot >= 0).length;
    expect(written / 4000).toBeCloseTo(family.schedule.alpha(0.3), 1);
  });
});

describe.each(families)('didiInstruct (%s)', (_, family) => {
  const context = { family, denoiser };
  const gradientIn = (objective: ReturnType<typeof didiInstruct>, given: Networks, seed: number) => {
    const fed = upload(objective.studentFeeds(data, randomStream(seed)));
    return tf
      .grad((table: tf.Tensor) => objective.studentLoss({ ...given, student: { table } }, fed).loss as tf.Scalar)(
        given.student['table']!,
      )
      .dataSync();
  };

  it('leaves the teacher’s weights alone under a discriminator that sees no difference', () => {
    tf.tidy(() => {
      const teacher = bigramTable(vocabSize, 2);
      const blind = { table: tf.zeros([vocabSize, vocabSize]) };
      const still = gradientIn(didiInstruct(context), { student: teacher, teacher, fake: blind }, 1);
      expect(still).toBeCloseToArray(new Float64Array(still.length), { atol: 1e-6 });
      const seeing = bigramTable(vocabSize, 3);
      const moving = gradientIn(didiInstruct(context), { student: teacher, teacher, fake: seeing }, 1);
      expect(moving.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    });
  });

  it('leads the student towards the data, by a discriminator trained in turn', () => {
    const objective = didiInstruct(context, { anchor: 0 });
    const frequent = { ...data, ids: ids.map((_, i) => [0, 0, 0, 1, 0, 0, 1, 3][i % 8]!) };
    const student = tf.variable(tf.zeros([vocabSize, vocabSize]) as tf.Tensor);
    const fake = tf.variable(tf.zeros([vocabSize, vocabSize]) as tf.Tensor);
    const networks = { student: { table: student }, teacher: {}, fake: { table: fake } } as unknown as Networks;
    const [forStudent, forFake] = [tf.train.adam(0.05), tf.train.adam(0.1)];
    const random = randomStream(4);
    const count = () => tf.memory().numTensors;
    for (let k = 0; k < 100; k++) {
      forFake.minimize(
        () =>
          objective.fakeLoss(networks, upload(objective.fakeFeeds(frequent, random.split('fake').split(k))))
            .loss as tf.Scalar,
        false,
        [fake],
      );
      forStudent.minimize(
        () =>
          objective.studentLoss(networks, upload(objective.studentFeeds(frequent, random.split('student').split(k))))
            .loss as tf.Scalar,
        false,
        [student],
      );
    }
    const before = count();
    const share = tf.tidy(() => {
      const fed = upload(objective.studentFeeds(frequent, random.split('last')));
      const written = rollOut(context, { table: student }, fed, { frozen: true }).ids.dataSync();
      return written.filter((token) => token === 0).length / written.length;
    });
    expect(count()).toBe(before);
    // A student of even tokens writes it a quarter or a fifth of the time; the data have it five times in eight.
    expect(share).toBeGreaterThan(0.42);
    expect(share).toBeLessThan(0.9);
    [forStudent, forFake].forEach((optimizer) => optimizer.dispose());
    tf.dispose([student, fake]);
  });

  it('refuses rows that do not divide into groups, groups of one, and a negative anchor', () => {
    expect(() => didiInstruct(context, { group: 3 }).studentFeeds(data, randomStream(1))).toThrow(
      'in groups of 3 rows; 8 rows do not divide into them',
    );
    expect(() => didiInstruct(context, { group: 1 })).toThrow('group of didi-instruct is a whole number, at least 2');
    expect(() => didiInstruct(context, { anchor: -1 })).toThrow('anchor of didi-instruct is at least 0; -1 was given');
  });
});
