import { upload } from '@idlm/core-diffusion';
import type { GoldenCase } from '@idlm/tools/golden';
import * as tf from '@tensorflow/tfjs-core';
import type { Adversarial, Networks } from '../src/objective';
import { simplex } from '../src/relaxations/simplex';
import type { Relaxation, RowUniforms } from '../src/relaxations/relaxation';
import type { StepFeeds } from '../src/objectives/inverse/student-tokens';

/** The entries of a stored [B, L, V] tensor that the student wrote: rows of its noisy positions, without the mask. */
function written(values: ArrayLike<number>, { slots, width, maskId }: Written): Float64Array {
  const own = (i: number) => slots[Math.floor(i / width)]! >= 0 && i % width !== maskId;
  return Float64Array.from(values).filter((_, i) => own(i));
}

interface Written {
  /** The student's slot of each flat position, or −1. */
  readonly slots: ArrayLike<number>;
  readonly width: number;
  readonly maskId?: number;
}

/** The student's [N, V] rows at their positions of [B·L·V]. */
const placed = (values: ArrayLike<number>, { slots, width }: Written): Float64Array =>
  Float64Array.from({ length: slots.length * width }, (_, i) => {
    const slot = slots[Math.floor(i / width)]!;
    return slot < 0 ? 0 : values[slot * width + (i % width)]!;
  });

/**
 * Checks the student's tokens G, and the gradient of its loss in them by all paths, against the stored ones.
 * @param make the objective with a given relaxation
 */
export function expectTokens(
  data: GoldenCase,
  networks: Networks,
  feeds: StepFeeds<RowUniforms>,
  make: (relaxation: Relaxation) => Adversarial<StepFeeds>,
): void {
  const width = data.tensor('G').shape[2]!;
  const maskId = (data.params as { mask_index?: number }).mask_index;
  const shape = { slots: feeds.first.noise.slots.values, width, maskId };
  const fed = upload(feeds);
  let [student, count]: [Float32Array, number] = [new Float64Array(0) as never, 0];
  const record: Relaxation<RowUniforms> = {
    ...simplex(),
    relax(logProbs, noise) {
      const relaxed = simplex().relax(logProbs, noise);
      student = relaxed.soft.dataSync() as Float32Array;
      count = relaxed.soft.shape[0]!;
      return relaxed;
    },
  };
  make(record).studentLoss(networks, fed);
  expect(written(placed(student, shape), shape)).toBeCloseToArray(written(data.numbers('G'), shape), { atol: 1e-4 });
  if (!data.names.includes('grad_G')) return;
  const loss = (soft: tf.Tensor) => {
    const relax: Relaxation<RowUniforms>['relax'] = (logProbs, noise) => ({
      ...simplex().relax(logProbs, noise),
      soft,
    });
    return make({ ...simplex(), relax }).studentLoss(networks, fed).loss as tf.Scalar;
  };
  const gradient = tf
    .grad(loss)(tf.tensor2d(student, [count, width]))
    .dataSync();
  const expected = written(data.numbers('grad_G'), shape);
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  expect(written(placed(gradient, shape), shape)).toBeCloseToArray(expected, { atol: 1e-3 * scale });
}
