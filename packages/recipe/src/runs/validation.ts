import type { Parameters } from '@idlm/core-diffusion';
import { oneRank } from '@idlm/core-diffusion/ranks';
import { denoisers } from '@idlm/denoiser';
import {
  type MakeTogether,
  type TextBatch,
  autoregressiveScorer,
  likelihoodBound,
  mean,
  scoredWeights,
  summariseLikelihood,
} from '@idlm/evaluation';
import type { Guard, GuardTimes } from '@idlm/trainer';
import type { Config } from '../config/schema';
import { batchesOf } from '../evaluation/likelihood';
import { madeByRanks } from '../sampling/made-by-ranks';
import type { PreparedCorpus } from '../text/corpus';
import { type TaskContext, scorerNetwork } from './tasks';

/** The network that is trained on text. */
export type TrainedOnText = 'teacher' | 'scorer';

/** Measures the held-out loss of one network, in nats per token. */
interface Measure {
  of(parameters: Parameters): Promise<number>;
  dispose(): void;
}

/** A guard that looks at the held-out loss; `dispose` frees what it has compiled. */
export interface Validation {
  readonly guard: Guard;
  dispose(): void;
}

const settingsOf = ({ teacher, scorers }: Config, target: TrainedOnText) =>
  target === 'teacher' ? teacher : scorers.autoregressive;

/** The family's bound, always from the same draws, so that differences are those of the networks. Ranks share the batches. */
function boundOf(
  { engine, family, denoiser, streams, ranks = oneRank }: TaskContext,
  batches: readonly TextBatch[],
): Measure {
  const bound = likelihoodBound({ family, denoiser, compile: engine.compile });
  const random = streams.validation();
  const together: MakeTogether = (count, make) => madeByRanks(ranks, count, make);
  return {
    of: async (parameters) => (await bound.measure({ parameters, batches, random, together })).nll,
    dispose: bound.dispose,
  };
}

/** The mean next-token loss. Ranks share the batches. */
function nextTokenOf({ engine, network, ranks = oneRank }: TaskContext, batches: readonly TextBatch[]): Measure {
  const denoiser = denoisers.create(scorerNetwork(network));
  return {
    async of(parameters) {
      const scorer = autoregressiveScorer({ denoiser, parameters, batch: batches[0]!.batch, compile: engine.compile });
      try {
        const losses = await madeByRanks(ranks, batches.length, async ({ first, end }) => {
          const own: number[] = [];
          for (const tokens of batches.slice(first, end)) {
            const scored = await scorer.score(tokens);
            own.push(summariseLikelihood(scored, scoredWeights(scored, tokens)).nll);
          }
          return own;
        });
        return mean(losses);
      } finally {
        scorer.dispose();
      }
    },
    dispose() {},
  };
}

/** Fewest updates between two looks where none are set: four batches of a forward pass cost them about a hundredth. */
const FEWEST = 100;

/** When the configured validation looks, and when it ends a run; undefined where there is none. */
export function validationTimes(config: Config, target: TrainedOnText): GuardTimes | undefined {
  const { updates, validation } = settingsOf(config, target);
  if (!validation) return undefined;
  return {
    every: validation.every ?? Math.max(Math.min(updates, FEWEST), Math.floor(updates / 10)),
    patience: validation.patience ?? Infinity,
  };
}

/** A configuration that says that no held-out loss is measured, where nothing is held out: records are to tell what was run. */
export function withHeldOut(config: Config, { facts }: Pick<PreparedCorpus, 'facts'>): Config {
  if (!facts.heldOutIsTraining) return config;
  const { teacher, scorers } = config;
  const autoregressive = { ...scorers.autoregressive, validation: null };
  return { ...config, teacher: { ...teacher, validation: null }, scorers: { ...scorers, autoregressive } };
}

/**
 * The configured look at held-out text while a network is trained: the loss goes into the logs, the weights where it was lowest
 * are the result, and the run ends after `patience` looks without a lower one, where that is set.
 * @returns undefined where the configuration has none, or nothing is held out
 */
export function makeValidation(context: TaskContext, target: TrainedOnText): Validation | undefined {
  const { batch, validation } = settingsOf(context.config, target);
  const { facts, takeHeldOut } = context.corpus;
  if (!validation || facts.heldOutIsTraining) return undefined;
  const batches = batchesOf(takeHeldOut(batch * validation.batches), batch, validation.batches);
  const measure = target === 'teacher' ? boundOf(context, batches) : nextTokenOf(context, batches);
  const guard: Guard = {
    ...validationTimes(context.config, target)!,
    scored: 'held-out loss',
    async check(parameters) {
      const score = await measure.of(parameters);
      return { verdict: 'keep', score, metrics: { [`${target}/held-out/loss`]: score } };
    },
  };
  return { guard, dispose: measure.dispose };
}
