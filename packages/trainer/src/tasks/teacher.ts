import {
  type Denoiser,
  type Family,
  type LossFeeds,
  type LossOptions,
  type Parameters,
  type RandomStream,
  batchLoss,
  drawLoss,
} from '@idlm/core-diffusion';
import type { Loader } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { OptimizerOptions } from '../steps/step';
import type { OverRanks } from '../steps/sum-over-ranks';
import { partsOf, sharedParts } from './parts';
import { singleNetworkTask } from './single-network';
import type { Task } from './task';

/** What a teacher is trained from. */
export interface TeacherOptions extends LossOptions, OverRanks {
  readonly engine: Engine;
  readonly family: Family;
  readonly denoiser: Denoiser;
  /** Initial weights; copied. */
  readonly parameters: Parameters;
  readonly loader: Loader;
  readonly random: RandomStream;
  readonly optimizer: OptimizerOptions;
  /** Batches of the loader whose gradients make one update, on all ranks together (default 1). */
  readonly accumulate?: number;
}

/**
 * Training of a teacher on its family's loss: per update one batch (or several, accumulated), antithetic times over all of
 * it, and fresh noise.
 * @throws InputError unless `accumulate` is a whole number ≥ 1, and no less than there are ranks
 * @example
 * ```ts
 * import { mdlm, randomStream } from '@idlm/core-diffusion';
 * import { LETTERS, characterTokenizer, windowLoader } from '@idlm/data';
 * import { dit, initialParameters } from '@idlm/denoiser';
 * import { openEngine } from '@idlm/engine';
 * import { learningRate, teacherTask } from '@idlm/trainer';
 *
 * const engine = await openEngine({ prefer: 'wasm' });
 * const tokens = characterTokenizer(LETTERS, 'letters').encode('the sea and the ship and the sea '.repeat(9));
 * const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 28, length: 8, timeConditioned: false };
 * const random = randomStream(1);
 * const loader = windowLoader({ tokens, length: 8, batch: 4, random: random.split('data') });
 * const [family, denoiser] = [mdlm({ vocabSize: 28, maskId: 27 }), dit(config)];
 * const parameters = initialParameters(config, random.split('initial'));
 * const optimizer = { rate: learningRate({ rate: 2e-3 }), ema: { decay: 0.9 } };
 * const task = teacherTask({ engine, family, denoiser, parameters, loader, random, optimizer });
 * const { 'teacher/loss': loss } = await task.update(0); // nats per token of 4 windows of 8
 * console.log(task.name, Number.isFinite(loss)); // → teacher true
 * task.dispose();
 * ```
 */
export function teacherTask(options: TeacherOptions): Task {
  const { family, loader, random, accumulate = 1 } = options;
  const parts = sharedParts(accumulate, options.ranks);
  return singleNetworkTask<LossFeeds>({
    ...options,
    role: 'teacher',
    loss: (parameters, _frozen, fed) => ({ loss: batchLoss(options, parameters, fed), stats: {} }),
    async feeds(update) {
      const own = await partsOf(loader, update, parts, random.split('teacher').split(update));
      return own.map(({ batch, random: part }) => drawLoss(family, { ...batch, update }, part, options));
    },
    parts: parts.count,
    tokensPerUpdate: loader.batch * loader.length * parts.count,
  });
}
