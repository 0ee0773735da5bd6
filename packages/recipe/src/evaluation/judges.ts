import { denoisers } from '@idlm/denoiser';
import { loadModel } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import { type Scorer, autoregressiveScorer, nGramScorer } from '@idlm/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Config } from '../config/schema';
import { checkVocabulary } from '../models/network';
import type { PreparedCorpus } from '../text/corpus';

/** Scorers, and what frees them. */
export interface Judges {
  readonly scorers: readonly Scorer[];
  dispose(): void;
}

/**
 * The judges of samples: n-grams counted on the training text, and an autoregressive scorer where a folder holds one.
 * @throws InputError if the scorer's vocabulary is not that of the corpus
 */
export async function openJudges(
  config: Config,
  engine: Engine,
  corpus: PreparedCorpus,
  folder?: string,
): Promise<Judges> {
  const { train, rowLength } = corpus.takeTraining();
  const counted = nGramScorer(train, {
    order: config.scorers.nGramOrder,
    vocabSize: corpus.tokenizer.vocabSize,
    rowLength,
  });
  if (!folder) return { scorers: [counted], dispose() {} };
  const { network, parameters } = await loadModel(folder);
  checkVocabulary(folder, network, corpus.tokenizer);
  const neural = autoregressiveScorer({ denoiser: denoisers.create(network), parameters, compile: engine.compile });
  return {
    scorers: [counted, neural],
    dispose() {
      neural.dispose();
      tf.dispose(parameters);
    },
  };
}
