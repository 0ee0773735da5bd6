import { InputError } from '@idlm/core-diffusion';
import { denoisers } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import { type Scorer, type ScorerContext, autoregressiveScorer, scorers } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { checkVocabulary } from '../models/vocabulary';
import type { PreparedCorpus } from '../text/corpus';

/** Scorers, and what frees them. */
export interface Judges {
  readonly scorers: readonly Scorer[];
  dispose(): void;
}

/** The autoregressive judge of a folder. @throws InputError if its vocabulary is not that of the corpus */
async function openNetwork(folder: string, engine: Engine, corpus: PreparedCorpus): Promise<Scorer> {
  const { network, parameters } = await loadModel(folder);
  checkVocabulary(folder, network, corpus.tokenizer);
  const scorer = autoregressiveScorer({ denoiser: denoisers.create(network), parameters, compile: engine.compile });
  return {
    ...scorer,
    dispose() {
      scorer.dispose();
      tf.dispose(parameters);
    },
  };
}

/** @throws InputError if two judges have one name, under which tables show their numbers */
function requireNames(judges: readonly Scorer[]): void {
  const twice = judges.find(({ name }, i) => judges.findIndex((other) => other.name === name) < i);
  if (twice)
    throw new InputError(
      `Two judges are named "${twice.name}", and tables show their numbers by name; leave one out of scorers.judges, or have it name itself otherwise.`,
    );
}

/**
 * The judges of samples: n-grams counted on the training text, those that the configuration names beside it, and an
 * autoregressive scorer where a folder holds one.
 * @throws InputError if a judge refuses its options or two have one name, or the scorer's vocabulary is not that of the corpus
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
  };
  const { judges, nGramOrder } = config.scorers;
  const made: Scorer[] = [];
  const dispose = () => made.forEach((judge) => judge.dispose?.());
  try {
    for (const spec of [{ name: 'n-gram', options: { order: nGramOrder } }, ...judges])
      made.push(await scorers.create(spec, context));
    if (folder) made.push(await openNetwork(folder, engine, corpus));
    requireNames(made);
    return { scorers: made, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
