import {
  type Fed,
  type Feed,
  type Feeds,
  type NoisyTokens,
  type Parameters,
  type RandomStream,
  categoricalRows,
  detach,
  floatFeed,
  intFeed,
  padPositions,
  predictAt,
  prefixed,
  rowsOf,
  uniformFeed,
  withPrefix,
} from '@idlm/core-diffusion';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DistillationBatch, ObjectiveContext } from '../../objective';
import { ownersOf, placeDrawn } from '../shared/draws';

/** The two steps of a walk, by the prefix of their feeds. */
const STEPS = ['start', 'middle'] as const;

/** The tokens [N] that a step asks for, with what draws them. */
function asked(wanted: readonly boolean[], sigma: ArrayLike<number>, length: number, random: RandomStream): Feeds {
  const chosen = Int32Array.from(wanted.flatMap((one, i) => (one ? [i] : [])));
  const positions = padPositions(chosen, wanted.length);
  return {
    positions: intFeed(positions),
    rows: intFeed(rowsOf(chosen, wanted.length)),
    owners: ownersOf(positions, length),
    uniforms: uniformFeed(random.uniforms(positions.length)),
    sigma: floatFeed(sigma),
  };
}

/** Noise of all positions but the prompt's, [B, L]. */
function noisyIds(
  { family }: ObjectiveContext,
  { ids, batch, length, valid }: DistillationBatch,
  random: RandomStream,
): Feed {
  const noise = family.process.prior(batch, length, random);
  return intFeed(
    ids.map((id, i) => (valid && valid[i] !== 1 ? id : noise[i]!)),
    [batch, length],
  );
}

/**
 * Host: the draws of a student's sample from all noise through one intermediate state. At `middle`, each token has been
 * written with the forward process's probability and the rest is noise; an absorbing student then writes the rest, a
 * uniform one all tokens anew.
 * @param middle time of each row's intermediate state, [B]
 */
export function drawWalk(
  context: ObjectiveContext,
  batch: DistillationBatch,
  middle: Float64Array,
  random: RandomStream,
): Feeds {
  const { schedule, process } = context.family;
  const { ids, length, valid } = batch;
  const start = schedule.alpha(1);
  const chances = middle.map((t) => (schedule.alpha(t) - start) / (1 - start));
  const uniforms = random.split('written').uniforms(ids.length);
  const free = Array.from(ids, (_, i) => !valid || valid[i] === 1);
  const early = free.map((one, i) => one && uniforms[i]! < chances[Math.floor(i / length)]!);
  const late = process.unmasking ? free.map((one, i) => one && !early[i]) : free;
  const wanted = { start: early, middle: late };
  const sigmas = { start: middle.map(() => schedule.sigma(1)), middle: middle.map(schedule.sigma) };
  const steps = STEPS.map((step) => {
    const stream = random.split(step);
    const feeds = asked(wanted[step], sigmas[step], length, stream.split('tokens'));
    return prefixed(step, { ...feeds, ids: noisyIds(context, batch, stream.split('noise')) });
  });
  return Object.assign({}, ...steps) as Feeds;
}

/** What the student was asked in one step, and what it drew. */
export interface WalkStep {
  readonly noisy: NoisyTokens;
  /** [N, V], at `noisy.positions`. */
  readonly logProbs: Tensor;
  /** [N] int32. */
  readonly drawn: Tensor;
  readonly feeds: Fed;
}

/** The steps of a walk, and the tokens that it ends with, [B, L]. */
export interface Walk {
  readonly steps: readonly [WalkStep, WalkStep];
  readonly ids: Tensor;
}

/**
 * Device: the student's sample by the draws of `drawWalk`.
 * @param frozen the student is a constant, and its calls stay out of the gradient tape
 */
export function walk(context: ObjectiveContext, student: Parameters, fed: Fed, frozen: boolean): Walk {
  const { family } = context;
  const stepFrom = (ids: Tensor, feeds: Fed): WalkStep => {
    const noisy = { ids, input: { ids }, sigma: feeds['sigma']!, positions: feeds['positions']! };
    const logProbs = family.toLogProbs(predictAt(context, student, noisy, frozen), noisy);
    const probs = detach(() => tf.exp(logProbs));
    return { noisy, logProbs, drawn: categoricalRows(probs, feeds['uniforms']!), feeds };
  };
  const [start, middle] = STEPS.map((step) => withPrefix(step, fed)) as [Fed, Fed];
  const first = stepFrom(start['ids']!, start);
  const second = stepFrom(placeDrawn(middle['ids']!, start['rows']!, first.drawn), middle);
  return { steps: [first, second], ids: placeDrawn(second.noisy.ids, middle['rows']!, second.drawn) };
}
