import { InputError, type Spec } from '@idlm/core-diffusion';
import { denoisers, isGpt2 } from '@idlm/denoiser';
import { describeModel, loadModel } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import {
  type Judge,
  type Scorer,
  type ScorerContext,
  autoregressiveScorer,
  featuredJudges,
  scorers,
} from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { checkVocabulary } from '../models/vocabulary';
import type { PreparedCorpus } from '../text/corpus';
import { GPT2_JUDGE, openGpt2Judge } from './gpt2-judge';

/** Scorers, and what frees them. */
export interface Judges {
  readonly scorers: readonly Judge[];
  dispose(): void;
}

scorers.register('gpt2', GPT2_JUDGE);

/** The judge of a folder: a GPT-2 reads text, others tokens. @throws InputError if its vocabulary is not that of the corpus */
async function openFolder(folder: string, context: ScorerContext, corpus: PreparedCorpus): Promise<Judge> {
  const { network } = await describeModel(folder);
  if (isGpt2(network)) return openGpt2Judge(folder, context);
  // Before its weights are read: nothing of them is left where it is refused.
  checkVocabulary(folder, network, corpus.tokenizer);
  return openNetwork(folder, context);
}

/** The autoregressive judge of a folder. */
async function openNetwork(folder: string, { compile }: ScorerContext): Promise<Scorer> {
  const { network, parameters } = await loadModel(folder);
  const scorer = autoregressiveScorer({ denoiser: denoisers.create(network), parameters, compile });
  return {
    ...scorer,
    dispose() {
      scorer.dispose();
      tf.dispose(parameters);
    },
  };
}

/** @throws InputError if two judges have one name, under which tables show their numbers */
function requireNames(judges: readonly Judge[]): void {
  const twice = judges.find(({ name }, i) => judges.findIndex((other) => other.name === name) < i);
  if (twice)
    throw new InputError(
      `Two judges are named "${twice.name}", and tables show their numbers by name; leave one out of scorers.judges, or have it name itself otherwise.`,
    );
}

/**
 * The judges of samples: n-grams counted on the training text, those that the configuration names beside it, and an
 * autoregressive network where a folder holds one: of this text, or a GPT-2.
 * @throws InputError if a judge refuses its options or two have one name, the scorer's vocabulary is not that of the corpus, or MAUVE
 * is asked for and no judge has features
 */
export async function openJudges(
  config: Config,
  engine: Engine,
  corpus: PreparedCorpus,
  folder?: string,
): Promise<Judges> {
  const context: ScorerContext = {
    ...corpus.takeTraining(),
    vocabSize: corpus.tokenizer.vocabSize,
    decode: corpus.decode,
    length: corpus.heldOut.length,
    compile: engine.compile,
  };
  const { judges, nGramOrder } = config.scorers;
  const made: Judge[] = [];
  const dispose = () => made.forEach((judge) => judge.dispose?.());
  try {
    const nGrams: Spec = { name: 'n-gram', options: { ...(nGramOrder === null ? {} : { order: nGramOrder }) } };
    for (const spec of [nGrams, ...judges]) made.push(await scorers.create(spec, context));
    if (folder) made.push(await openFolder(folder, context, corpus));
    requireNames(made);
    if (config.evaluation.mauve) featuredJudges(made);
    return { scorers: made, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
