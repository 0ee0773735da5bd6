// Distils a student of independent tokens with a loop of our own; its teacher says 0.6, 0.3, 0.1.
//   npx tsx -C @idlm/source packages/idlm-loss/examples/own-loop.ts
import { type Denoiser, mdlm, randomStream, upload } from '@idlm/core-diffusion';
import { openEngine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import { inverseObjective } from '@idlm/idlm-loss';

await openEngine({ prefer: 'wasm' });
const family = mdlm({ vocabSize: 4, maskId: 3 });

/** A network that ignores context: one row of logits for every position. */
const denoiser: Denoiser = {
  describe: () => ({ type: 'row', config: { vocabSize: 4, length: 4, timeConditioned: false } }),
  vocabSize: 4,
  timeConditioned: false,
  apply: ({ row }, _input, _sigma, { positions } = {}) => tf.tile(row!, [positions!.shape[0], 1]),
};
const objective = inverseObjective({ family, denoiser }, { reduction: 'mean' });
const row = (values: number[]) => ({ row: tf.tensor2d([values]) as tf.Tensor });
const teacher = row([Math.log(0.6), Math.log(0.3), Math.log(0.1), 0]);
let [student, fake] = [row([0, 0, 0, 0]), row([0, 0, 0, 0])];
// The data that the teacher was trained on: what the student is not asked to write stays data.
const batch = {
  ids: Int32Array.from({ length: 80 }, (_, i) => [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][i % 10]!),
  batch: 8,
  length: 10,
};
const random = randomStream(1);

for (let step = 0; step <= 1600; step++) {
  const fakeFeeds = objective.fakeFeeds(batch, random.split('fake').split(step));
  const studentFeeds = objective.studentFeeds(batch, random.split('student').split(step));
  [student, fake] = tf.tidy(() => {
    const dFake = tf.grad(
      (x: tf.Tensor) => objective.fakeLoss({ student, teacher, fake: { row: x } }, upload(fakeFeeds)).loss,
    )(fake.row);
    const nextFake = { row: tf.sub(fake.row, tf.mul(dFake, 1)) as tf.Tensor };
    const dStudent = tf.grad(
      (x: tf.Tensor) =>
        objective.studentLoss({ student: { row: x }, teacher, fake: nextFake }, upload(studentFeeds)).loss,
    )(student.row);
    return [{ row: tf.keep(tf.sub(student.row, tf.mul(dStudent, 0.03))) }, { row: tf.keep(nextFake.row) }];
  });
  if (step % 400 === 0)
    console.log(
      step,
      Array.from(tf.softmax(tf.slice(student.row, [0, 0], [1, 3])).dataSync(), (p) => p.toFixed(3)).join(' '),
    );
}
// → 0 0.334 0.334 0.332
// → 400 0.498 0.334 0.168
// → 800 0.561 0.308 0.131
// → 1200 0.583 0.296 0.120
// → 1600 0.616 0.277 0.107
