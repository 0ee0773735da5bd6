import { type LossDraws, type MdlmNoise, type Denoiser, mdlm, randomStream, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { bigram, bigramTable } from '../../../test/bigram';
import { inverseObjective } from './inverse-objective';
import type { Networks } from '../../objective';
import { objectives } from '../registry';
import { relaxations } from '../../relaxations/registry';

beforeAll(() => useBackend());

const [vocabSize, maskId, batch, length] = [5, 2, 4, 6];
const family = mdlm({ vocabSize, maskId });
const ids = Int32Array.from({ length: batch * length }, (_, i) => [0, 1, 3, 4][i % 4]!);
const data = { ids, batch, length };

const denoiser = bigram(vocabSize);
const table = (seed: number) => bigramTable(vocabSize, seed);
const networks = (): Networks => ({ student: table(1), teacher: table(2), fake: table(3) });

describe('inverseObjective', () => {
  it.each(relaxations.entries().map(([name]) => name))(
    'is exactly zero, with zero gradient, when teacher and fake agree (%s)',
    (relaxation) => {
      tf.tidy(() => {
        const objective = inverseObjective({ family, denoiser }, { relaxation: relaxations.create(relaxation) });
        const given = networks();
        const fed = upload(objective.studentFeeds(data, randomStream(5)));
        const loss = (student: tf.Tensor) =>
          objective.studentLoss({ ...given, student: { table: student }, fake: given.teacher }, fed).loss as tf.Scalar;
        const { value, grad } = tf.valueAndGrad(loss)(given.student['table']!);
        expect(value.dataSync()[0]).toBe(0);
        expect(grad.dataSync().every((x) => x === 0)).toBe(true);
        const live = tf.grad(
          (student: tf.Tensor) => objective.studentLoss({ ...given, student: { table: student } }, fed).loss,
        )(given.student['table']!);
        expect(live.dataSync().some((x) => x !== 0)).toBe(true);
      });
    },
  );

  it('is minimised in the fake by the fake alone: no gradient reaches the student or the teacher', () => {
    tf.tidy(() => {
      const objective = inverseObjective({ family, denoiser });
      const given = networks();
      const fed = upload(objective.fakeFeeds(data, randomStream(6)));
      const by = (role: keyof Networks) => (parameters: tf.Tensor) =>
        tf.add(
          objective.fakeLoss({ ...given, [role]: { table: parameters } }, fed).loss,
          tf.mul(tf.sum(parameters), 0),
        ) as tf.Scalar;
      expect(
        tf
          .grad(by('student'))(given.student['table']!)
          .dataSync()
          .every((x) => x === 0),
      ).toBe(true);
      expect(
        tf
          .grad(by('fake'))(given.fake['table']!)
          .dataSync()
          .some((x) => x !== 0),
      ).toBe(true);
    });
  });

  it('leaves the prompt alone: nothing there is masked or counted', () => {
    const objective = inverseObjective({ family, denoiser }, { reduction: 'mean' });
    const valid = Uint8Array.from(ids, (_, i) => Number(i % length > 2));
    for (let seed = 0; seed < 20; seed++) {
      const feeds = objective.studentFeeds({ ...data, valid }, randomStream(seed));
      for (const { noise } of [feeds.first, feeds.second])
        (noise as MdlmNoise).masked.values.forEach((one, i) => expect(one <= valid[i]!).toBe(true));
    }
  });

  it('draws both corruptions independently, and the same again from the same stream', () => {
    const objective = inverseObjective({ family, denoiser });
    const feeds = objective.studentFeeds(data, randomStream(1));
    const masked = ({ noise }: LossDraws) => (noise as MdlmNoise).masked.values;
    expect(masked(feeds.first)).not.toEqual(masked(feeds.second));
    expect(objective.studentFeeds(data, randomStream(1))).toEqual(feeds);
  });

  it('changes scale, not direction, with the reduction', () => {
    tf.tidy(() => {
      const given = networks();
      const value = (reduction: 'sum' | 'mean') => {
        const objective = inverseObjective({ family, denoiser }, { reduction });
        return objective.studentLoss(given, upload(objective.studentFeeds(data, randomStream(2)))).loss.dataSync()[0]!;
      };
      expect(value('sum') / value('mean')).toBeCloseTo(length, 3);
    });
  });

  it('leaks nothing', () => {
    const objective = inverseObjective({ family, denoiser });
    const given = networks();
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const fed = upload(objective.studentFeeds(data, randomStream(5)));
      tf.grad((student: tf.Tensor) => objective.studentLoss({ ...given, student: { table: student } }, fed).loss)(
        given.student['table']!,
      );
    });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(given as never);
  });

  it('descends to the teacher: a student of independent tokens learns the data’s frequencies', () => {
    // Teacher and fake ignore context, so that the exact minimum over the fake is known: the student's own frequencies.
    const independent: Denoiser = {
      ...denoiser,
      apply: ({ table: row }, _input, _sigma, { positions } = {}) => tf.tile(row!, [positions!.shape[0], 1]),
    };
    const objective = inverseObjective({ family, denoiser: independent }, { reduction: 'mean' });
    const row = (values: number[]) => tf.tensor2d([values]);
    const target = [0.5, 0.3, 0, 0.15, 0.05];
    const teacher = { table: row(target.map((p) => Math.log(p || 1))) };
    let student = row([0, 0, 0, 0, 0]);
    const random = randomStream(3);
    for (let step = 0; step < 300; step++) {
      student = tf.tidy(() => {
        const fed = upload(objective.studentFeeds(data, random.split(step)));
        const fake = { table: tf.clone(student) };
        const gradient = tf.grad(
          (x: tf.Tensor) => objective.studentLoss({ student: { table: x }, teacher, fake }, fed).loss,
        )(student);
        return tf.sub(student, tf.mul(gradient, 0.5)) as tf.Tensor2D;
      });
    }
    const learnt = tf.tidy(() => tf.exp(family.toLogProbs(student, undefined as never)).dataSync());
    expect(learnt).toBeCloseToArray(target, { atol: 0.02 });
  });

  it('is made from JSON', () => {
    const objective = objectives.create(
      { name: 'idlm', options: { relaxation: 'straight-through', reduction: 'mean' } },
      { family, denoiser },
    );
    expect(objectives.create(JSON.parse(JSON.stringify(objective.spec)), { family, denoiser }).spec).toEqual(
      objective.spec,
    );
    expect(() => objectives.create({ name: 'idlm', options: { reductoin: 'sum' } }, { family, denoiser })).toThrow(
      'did you mean "reduction"?',
    );
  });
});
