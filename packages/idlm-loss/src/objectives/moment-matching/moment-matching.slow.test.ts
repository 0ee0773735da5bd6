import { type Denoiser, mdlm, randomStream, udlm, upload } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { kernelReward, meanSquaredDistance } from './kernel-reward';
import { momentMatching } from './moment-matching';

beforeAll(() => useBackend());

const uniforms = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);

describe('kernelReward', () => {
  const [batch, length, width] = [2, 4, 3];
  const chosen = [
    [1, 1, 0, 1],
    [0, 1, 0, 0],
  ];

  it('is twice the mean kernel with the data less that between draws, place by place', () => {
    tf.tidy(() => {
      const clouds = [1, 2, 3].map((seed) => uniforms([batch, length, width], seed));
      const [real, ...drawn] = clouds.map((cloud) => cloud.arraySync() as number[][][]);
      const kernel = (a: number[], b: number[]) => Math.exp(-a.reduce((sum, x, h) => sum + (x - b[h]!) ** 2, 0) / 0.7);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const places = [0, 1, 3];
      const over = (a: number[][], b: number[][], apart: boolean) =>
        mean(places.flatMap((i) => places.flatMap((j) => (apart && i === j ? [] : [kernel(a[i]!, b[j]!)]))));
      const cross = mean(drawn.map((draw) => over(real![0]!, draw[0]!, false)));
      const within = over(drawn[0]![0]!, drawn[1]![0]!, true);
      const given = { real: clouds[0]!, drawn: clouds.slice(1), chosen: tf.tensor2d(chosen) };
      // A single token has no pair at different places: the second row says nothing.
      expect(kernelReward(given, tf.scalar(0.7)).dataSync()).toBeCloseToArray([2 * cross - within, 0], { atol: 1e-6 });
    });
  });

  it('is in units of the data’s own spread', () => {
    tf.tidy(() => {
      const real = uniforms([batch, length, width], 4);
      const rows = [0, 1, 3, 5].map((i) => (tf.reshape(real, [-1, width]).arraySync() as number[][])[i]!);
      const pairs = rows.flatMap((a) => rows.map((b) => a.reduce((sum, x, h) => sum + (x - b[h]!) ** 2, 0)));
      const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
      expect(meanSquaredDistance(real, tf.tensor2d(chosen)).dataSync()[0]).toBeCloseTo(mean, 4);
    });
  });
});

/** A network without context: one row of logits for every position, which represents no token. */
const [vocabSize, maskId] = [5, 2];
const independent: Denoiser = {
  describe: () => ({ type: 'row', config: { vocabSize, length: 4, timeConditioned: false } }),
  vocabSize,
  timeConditioned: false,
  apply: ({ row }, _input, _sigma, { positions } = {}) => tf.tile(row!, [positions!.shape[0], 1]),
};
/** The same, whose hidden state tells the token itself. */
const telling: Denoiser = {
  ...independent,
  hidden(_, input, _sigma, positions) {
    const ids = tf.reshape((input as { ids: tf.Tensor }).ids, [-1]);
    return tf.cast(tf.oneHot(tf.gather(ids, positions as tf.Tensor1D) as tf.Tensor1D, vocabSize), 'float32');
  },
};

describe('momentMatching', () => {
  const ids = Int32Array.from({ length: 160 }, (_, i) => [0, 0, 0, 0, 0, 0, 1, 1, 1, 3][(i * 7) % 10]!);
  const data = { ids, batch: 4, length: 40 };
  const teacher = () => ({ row: tf.zeros([1, vocabSize]) });
  const lossAt = (objective: ReturnType<typeof momentMatching>, row: tf.Tensor, seed: number) =>
    objective.studentLoss(
      { student: { row }, teacher: teacher(), fake: {} },
      upload(objective.studentFeeds(data, randomStream(seed))),
    );

  it.each([
    ['masked', mdlm({ vocabSize, maskId })],
    ['uniform', udlm({ vocabSize })],
  ])('leads a student of independent tokens to the data’s frequencies (%s)', (_, family) => {
    const objective = momentMatching({ family, denoiser: telling });
    const row = tf.variable(tf.zeros([1, vocabSize]) as tf.Tensor);
    const optimizer = tf.train.adam(0.05);
    for (let k = 0; k < 150; k++) optimizer.minimize(() => lossAt(objective, row, k).loss as tf.Scalar, false, [row]);
    const learnt = tf.tidy(() => tf.exp(family.toLogProbs(row, undefined as never)).dataSync());
    expect(learnt).toBeCloseToArray([0.6, 0.3, 0, 0.1, 0], { atol: 0.12 });
    optimizer.dispose();
    row.dispose();
  });

  it('has no gradient where every draw is the same', () => {
    tf.tidy(() => {
      const objective = momentMatching({ family: mdlm({ vocabSize, maskId }), denoiser: telling });
      const sure = tf.tensor2d([[0, 60, 0, 0, 0]]);
      const gradient = tf.grad((row: tf.Tensor) => lossAt(objective, row, 3).loss)(sure);
      expect(gradient.dataSync()).toBeCloseToArray([0, 0, 0, 0, 0], { atol: 1e-7 });
    });
  });

  it('refuses a network without hidden states, by the member that it lacks', () => {
    const context = { family: mdlm({ vocabSize, maskId }), denoiser: independent };
    expect(() => momentMatching(context)).toThrow('this denoiser has no "hidden"');
  });

  it('refuses fewer than two candidates or draws, and a kernel without width', () => {
    const context = { family: mdlm({ vocabSize, maskId }), denoiser: telling };
    expect(() => momentMatching(context, { candidates: 1 })).toThrow('candidates of moment-matching is a whole number');
    expect(() => momentMatching(context, { draws: 1 })).toThrow('at least 2; 1 was given');
    expect(() => momentMatching(context, { bandwidth: 0 })).toThrow('bandwidth of moment-matching is above 0; 0 was');
  });
});
