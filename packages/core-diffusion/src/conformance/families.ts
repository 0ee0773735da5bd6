import * as tf from '@tensorflow/tfjs-core';
import { type ConformanceCheck, demand } from '../conformance';
import type { Family } from '../families/family';
import { batchRowOf } from '../flat-positions';
import { markBatch } from '../noise/batch';
import { slotCount } from '../noise/positions';
import { randomStream } from '../random/stream';
import { upload } from '../tensors/feeds';
import { tokensAt } from '../tensors/rows';
import { demandClose, suiteOf } from './check';
import { chiSquare, chiSquareLimit } from './chi-square';
import { gradients, inPieces, knowing, sameLoss } from './family-losses';
import {
  BATCH,
  type FamilyConformanceOptions,
  LENGTH,
  type Subject,
  draw,
  hard,
  lossOf,
  subjectOf,
  table,
} from './family-subject';
import { cleanIds, countTokens, noisyLaw } from './processes';

function normalised(subject: Subject): void {
  const { family } = subject;
  const { maskId } = family.process;
  const noise = upload(draw(subject));
  const noisy = family.corrupt(hard(subject), noise);
  const probs = tf.exp(family.toLogProbs(tf.gather(table(subject), noise.positions as tf.Tensor1D), noisy));
  tf.sum(probs, 1)
    .dataSync()
    .forEach((sum) => demandClose('the sum of a row of predicted probabilities', sum, 1, 1e-4));
  if (maskId === undefined) return;
  demand(tf.max(tf.slice(probs, [0, maskId], [-1, 1])).dataSync()[0] === 0, 'the network predicts the mask');
}

function halves(subject: Subject): void {
  const { family, batch } = subject;
  const { process, schedule } = family;
  const feeds = draw(subject);
  const noise = upload(feeds);
  const noisy = family.corrupt(hard(subject), noise);
  const logits = tf.gather(table(subject), noise.positions);
  const device = tf.exp(family.toLogProbs(logits, noisy)).arraySync() as number[][];
  const [given, tokens] = [logits.arraySync() as number[][], tokensAt(noisy.ids, noisy.positions).dataSync()];
  for (let n = 0; n < slotCount(feeds); n++) {
    const b = batchRowOf(feeds.positions.values[n]!, batch.length);
    if (process.maskId !== undefined && tokens[n] !== process.maskId) continue;
    const row = Float64Array.from(given[n]!);
    // The time that the network was told by its noise.
    const alpha = Math.exp(-feeds.sigma.values[b]!);
    family.slotToLogProbs(row, tokens[n]!, Math.min(1, Math.max(0, schedule.inverse(alpha))));
    const host = row.map(Math.exp);
    const seen = new Float64Array(process.vocabSize);
    process.posterior(tokens[n]!, host, 1, alpha, seen);
    // A family's device half may give the law of the clean token with its noisy one known too.
    const apart = (law: Float64Array) => Math.max(...law.map((value, v) => Math.abs(value - device[n]![v]!)));
    const distance = Math.min(apart(host), apart(seen));
    demand(distance < 2e-3, `host and device differ in the law of a clean token by ${distance}`);
  }
}

function corruption(subject: Subject): void {
  const { family, update } = subject;
  const { process } = family;
  const [count, clean] = [5000, cleanIds(process)[0]!];
  const batch = markBatch({ ids: new Int32Array(2 * count).fill(clean), batch: 2, length: count });
  const feeds = family.noise(batch, Float64Array.of(0.35, 0.8), randomStream(3), { update });
  const { ids } = family.corrupt({ ids: tf.tensor2d(batch.ids, [2, count], 'int32') }, upload(feeds));
  const noisy = ids.dataSync();
  [0, 1].forEach((b) => {
    const alpha = Math.exp(-feeds.sigma.values[b]!);
    const counts = countTokens(noisy.subarray(b * count, (b + 1) * count), process.vocabSize);
    const statistic = chiSquare(counts, noisyLaw(process, clean, alpha));
    demand(
      statistic < chiSquareLimit(process.vocabSize - 1),
      `noisy tokens have not the law of the process at the sigma that the network is told: chi-square ${statistic}`,
    );
  });
}

function marks(subject: Subject): void {
  const { family, batch } = subject;
  const valid = batch.valid.map((_, i) => Number(i % LENGTH > 2));
  // Padded to the whole batch, so that there is padding.
  const feeds = draw(subject, valid, 8, 1);
  const [slots, positions, count] = [feeds.slots.values, feeds.positions.values, slotCount(feeds)];
  demand(slots.length === valid.length, `slots has ${slots.length} entries for ${valid.length} tokens`);
  slots.forEach((slot, i) => {
    demand(slot < 0 || valid[i] === 1, 'the loss counts a token that is given');
    demand(slot < 0 || positions[slot] === i, 'slots and positions do not agree');
  });
  const noise = upload(feeds);
  family
    .corrupt(hard(subject), noise)
    .ids.dataSync()
    .forEach((id, i) => demand(valid[i] === 1 || id === batch.ids[i], 'a token that is given was noised'));
  const losses = lossOf(subject, table(subject), hard(subject), noise).dataSync();
  demand(losses.length === positions.length, `the loss has ${losses.length} entries for ${positions.length} positions`);
  demand(
    losses.slice(count).every((value) => Math.abs(value) === 0),
    'padding has a loss',
  );
}

function repeats(subject: Subject): void {
  const text = (seed: number) => JSON.stringify(draw(subject, undefined, seed));
  demand(text(1) === text(1), 'the same stream gave other draws');
  demand(text(1) !== text(2), 'the stream changes nothing');
}

function trajectory(subject: Subject): void {
  const { family, batch } = subject;
  if (!family.trajectory) return;
  const path = family.trajectory(batch, randomStream(6));
  const states = [0.2, 0.5, 0.9].map((t) => {
    const noise = upload(path(new Float64Array(BATCH).fill(t)));
    return family.corrupt(hard(subject), noise).ids.dataSync();
  });
  states.slice(1).forEach((late, s) =>
    late.forEach((token, i) => {
      const early = states[s]![i]!;
      demand(early === batch.ids[i] || early === token, 'what has moved early on a trajectory moves again later');
    }),
  );
  demand(states[0]!.join() !== states[2]!.join(), 'a trajectory stands still');
}

/** Runs a promise so that it leaves no tensor behind. */
const tidied =
  (promise: (subject: Subject) => void) =>
  (subject: Subject): void => {
    tf.tidy(() => promise(subject));
  };

/**
 * The conformance suite of families, for any test runner: run each check, on any backend of TensorFlow.js.
 * @param make a fresh family, of few tokens
 */
export const familyConformance = (make: () => Family, options: FamilyConformanceOptions = {}): ConformanceCheck[] => {
  const promises = {
    'predicts laws of clean tokens, never the mask': normalised,
    'has one prediction on host and device': halves,
    'noises tokens with the law of its process': corruption,
    'has no loss where the network knows the clean tokens, and never a negative one': knowing,
    'has finite gradients, also in rows of a student': gradients,
    'counts a one-hot row as its token': sameLoss,
    'is the same for some slots at a time, where it can be': inPieces,
    'leaves given tokens and padding alone': marks,
    'repeats from a stream': repeats,
    'never moves a token twice on a trajectory, if it has any': trajectory,
  };
  return suiteOf(
    () => subjectOf(make(), options),
    Object.fromEntries(Object.entries(promises).map(([name, promise]) => [name, tidied(promise)])),
  );
};
