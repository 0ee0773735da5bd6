import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../conformance';
import type { CleanTokens } from '../noise/clean-tokens';
import { upload } from '../tensors/feeds';
import { oneHotRows } from '../tensors/rows';
import { demandClose } from './check';
import { type Subject, draw, hard, lossOf, oneHot, table } from './family-subject';

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);

/** A network that knows the clean tokens has no loss, and none is negative. */
export function knowing(subject: Subject): void {
  const { family, batch } = subject;
  const clean = oneHotRows(tf.tensor1d(batch.ids, 'int32'), family.process.vocabSize);
  const noise = upload(draw(subject));
  const values = (logits: Tensor) => lossOf(subject, logits, hard(subject), noise).dataSync();
  const scale = total(values(table(subject))) / values(table(subject)).length;
  demand(scale > 0, `an ignorant network has a loss of ${scale}`);
  values(table(subject)).forEach((value) => demand(value > -1e-3 * (1 + scale), `a loss is negative: ${value}`));
  // Networks of scores know the clean tokens by other numbers, which their own tests know.
  if (family.slotToLogScores) return;
  const known = values(tf.mul(clean, 40));
  known.forEach((value) => demandClose('the loss of a network that knows the clean tokens', value, 0, 1e-2 * scale));
}

/** Gradients in the network and in a student's rows are finite, and not all zero. */
export function gradients(subject: Subject): void {
  const noise = upload(draw(subject));
  const demandAlive = (what: string, values: ArrayLike<number>) => {
    demand(allFinite(values), `${what} is not finite`);
    demand(
      Array.from(values).some((value) => value !== 0),
      `${what} is zero everywhere`,
    );
  };
  const sumOf = (logits: Tensor, clean: CleanTokens) => tf.sum(lossOf(subject, logits, clean, noise));
  demandAlive(
    'the gradient in the network',
    tf
      .grad((x: Tensor) => sumOf(x, hard(subject)))(table(subject))
      .dataSync(),
  );
  if (subject.soft === false) return;
  const { ids, soft } = oneHot(subject, 0.7);
  const through = tf.grad((probs: Tensor) => sumOf(table(subject), { ids, soft: { ...soft!, probs } }));
  demandAlive("the gradient in a student's rows", through(soft!.probs).dataSync());
}

/** A one-hot row counts as its token. */
export function sameLoss(subject: Subject): void {
  if (subject.soft === false) return;
  const noise = upload(draw(subject));
  const [byIds, byRows] = [hard(subject), oneHot(subject)].map((clean) =>
    lossOf(subject, table(subject), clean, noise).dataSync(),
  );
  byIds!.forEach((value, n) =>
    demandClose(
      'the loss of a one-hot row, where a token counts otherwise: it',
      byRows![n]!,
      value,
      1e-2 * (1 + Math.abs(value)),
    ),
  );
}

/** A loss in parts is that of all slots at once, with its gradients in the network and in a student's rows. */
export function inPieces(subject: Subject): void {
  if (!subject.family.perSlot) return;
  const { vocabSize } = subject.family.process;
  const noise = upload(draw(subject, undefined, 8, 1));
  const soft = subject.soft === false ? undefined : oneHot(subject, 0.7);
  const derived = (clean: CleanTokens, logitsOfPart?: number) => {
    const loss = (logits: Tensor, probs?: Tensor) => {
      const given = probs ? { ...clean, soft: { ...clean.soft!, probs } } : clean;
      return tf.sum(tf.square(lossOf(subject, logits, given, noise, logitsOfPart)));
    };
    const inputs = [table(subject), ...(clean.soft ? [clean.soft.probs] : [])];
    const { value, grads } = tf.valueAndGrads(loss as (...tensors: Tensor[]) => tf.Scalar)(inputs);
    return [value, ...grads].flatMap((tensor) => [...tensor.dataSync()]);
  };
  for (const clean of [hard(subject), ...(soft ? [soft] : [])]) {
    const whole = derived(clean);
    const scale = Math.max(...whole.map(Math.abs));
    derived(clean, 5 * vocabSize).forEach((value, i) =>
      demandClose('a loss or gradient of some slots at a time', value, whole[i]!, 1e-5 * scale),
    );
  }
}
