import { type ConformanceCheck, demand } from '../conformance';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Parameters } from '../denoiser';
import type { Family } from '../families/family';
import { batchRowOf } from '../flat-positions';
import { type MarkedBatch, markBatch } from '../noise/batch';
import type { CleanTokens } from '../noise/clean-tokens';
import type { NoiseFeeds } from '../noise/noise';
import { slotCount } from '../noise/positions';
import { randomStream } from '../random/stream';
import { type Uploaded, upload } from '../tensors/feeds';
import { oneHotRows, tokensAt } from '../tensors/rows';
import { networkLoss } from '../training/network-loss';
import { chiSquare, chiSquareLimit, demandClose, suiteOf } from './check';
import { cleanIds, countTokens, noisyLaw } from './processes';

/** What the suite has to know of a family. */
export interface FamilyConformanceOptions {
  /** Number of the training update whose noise is checked; that of evaluation by default. */
  readonly update?: number;
  /** Whether clean tokens may be a student's rows (default true). */
  readonly soft?: boolean;
}

const [BATCH, LENGTH] = [4, 6];
/** From nearly clean to all noise, the ends of what training draws. */
const TIMES = Float64Array.of(1e-3, 0.3, 0.7, 1);

/** A family with a batch of its tokens. */
interface Subject extends FamilyConformanceOptions {
  readonly family: Family;
  readonly batch: MarkedBatch;
}

/** The subject's noise, and that with some tokens given. */
const draw = ({ family, batch, update }: Subject, valid = batch.valid, seed = 8, bucket?: number): NoiseFeeds =>
  family.noise({ ...batch, valid }, TIMES, randomStream(seed), { update, bucket });

/** The clean tokens on the device. */
const hard = ({ batch }: Subject): CleanTokens => ({ ids: tf.tensor2d(batch.ids, [BATCH, LENGTH], 'int32') });

/** The same as rows of the simplex at all positions. */
function oneHot(subject: Subject, sharpness = Infinity): CleanTokens {
  const { ids } = hard(subject);
  const drawn = tf.reshape(ids, [-1]);
  const rows = oneHotRows(drawn, subject.family.process.vocabSize);
  const others = tf.sub(
    1,
    oneHotRows(tf.fill([drawn.size], subject.family.process.maskId ?? 0, 'int32'), rows.shape[1]!),
  );
  const even = tf.div(others, tf.sum(others, 1, true));
  const probs = sharpness === Infinity ? rows : tf.add(tf.mul(rows, sharpness), tf.mul(even, 1 - sharpness));
  return { ids, soft: { slots: tf.range(0, drawn.size, 1, 'int32'), probs, drawn } };
}

/** The whole training loss [N] of a network whose logits are a table [B·L, V], of at most so many logits at a time. */
function lossOf(
  { family }: Subject,
  table: Tensor,
  clean: CleanTokens,
  noise: Uploaded<NoiseFeeds>,
  logitsOfPart?: number,
): Tensor {
  const denoiser = {
    vocabSize: family.process.vocabSize,
    timeConditioned: true,
    describe: () => ({ type: 'table', config: { vocabSize: table.shape[1]!, length: LENGTH, timeConditioned: true } }),
    apply: () => tf.gather(table, noise.positions),
    hidden: () => tf.gather(table, noise.positions),
    head: { weights: [], apply: (_: Parameters, hidden: Tensor) => hidden },
  };
  return networkLoss({ family, denoiser }, {}, clean, noise, { logitsOfPart });
}

const table = ({ family }: Subject, seed = 4): Tensor =>
  tf.randomNormal([BATCH * LENGTH, family.process.vocabSize], 0, 2, 'float32', seed);

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);

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

function knowing(subject: Subject): void {
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

function gradients(subject: Subject): void {
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

function sameLoss(subject: Subject): void {
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
function inPieces(subject: Subject): void {
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
  const subject = (): Subject => {
    const family = make();
    const tokens = cleanIds(family.process);
    const draws = randomStream(3).integers(BATCH * LENGTH, tokens.length);
    const ids = draws.map((one) => tokens[one]!);
    return { ...options, family, batch: markBatch({ ids, batch: BATCH, length: LENGTH }) };
  };
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
    subject,
    Object.fromEntries(Object.entries(promises).map(([name, promise]) => [name, tidied(promise)])),
  );
};
