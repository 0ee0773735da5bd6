import {
  type Denoiser,
  type Feed,
  type IntFeed,
  type Parameters,
  countedMarks,
  idsFeed,
  nextTokenNats,
} from '@idlm/core-diffusion';
import type { Batch, Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerOptions } from '../steps/step';
import type { OverRanks } from '../steps/sum-over-ranks';
import { partNumbers, sharedParts } from './parts';
import { singleNetworkTask } from './single-network';
import type { Task } from './task';

/** What an autoregressive scorer is trained from. */
export interface AutoregressiveOptions extends OverRanks {
  readonly engine: Engine;
  /** A causal network. */
  readonly denoiser: Denoiser;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly optimizer: OptimizerOptions;
  /** Batches of the loader whose gradients make one update, on all ranks together (default 1). */
  readonly accumulate?: number;
}

/** The draws of a step. */
interface NextTokenFeeds {
  /** The tokens, int32 [B, L]. */
  readonly ids: IntFeed;
  /** What each token but the first counts where some are given, [B, L − 1], together 1. */
  readonly factors?: Feed;
}

function feedsOf({ valid, counted, ...clean }: Batch): NextTokenFeeds {
  const { batch, length } = clean;
  const tokens = { ids: idsFeed(clean) };
  const marks = countedMarks({ valid, counted });
  if (!marks) return tokens;
  const scored = marks.filter((_, i) => i % length > 0);
  const total = scored.reduce((sum, one) => sum + one, 0);
  const factors = Float32Array.from(scored, (one) => one / Math.max(1, total));
  return { ...tokens, factors: { values: factors, shape: [batch, length - 1] } };
}

/**
 * Training of the autoregressive baseline and scorer on the mean next-token loss of what counts.
 * @throws InputError unless `accumulate` is a whole number ≥ 1, and no less than there are ranks
 */
export function autoregressiveTask(options: AutoregressiveOptions): Task {
  const { denoiser, loader, accumulate = 1 } = options;
  const { count, share } = sharedParts(accumulate, options.ranks);
  return singleNetworkTask<NextTokenFeeds>({
    ...options,
    role: 'scorer',
    loss: (weights, _frozen, { ids, factors }) => {
      const perToken = nextTokenNats(denoiser, weights, ids);
      return { loss: factors ? tf.sum(tf.mul(perToken, factors)) : tf.mean(perToken), stats: {} };
    },
    feeds: (k) => Promise.all(partNumbers(share).map(async (p) => feedsOf(await loader.at(k * count + p)))),
    parts: count,
    tokensPerUpdate: loader.batch * loader.length * count,
  });
}
