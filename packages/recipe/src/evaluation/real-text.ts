import { randomStream } from '@idlm/core-diffusion';
import { type MeasuredText, measureRealText } from '@idlm/evaluation';
import { evaluationSeed } from '../sampling/configured';
import type { EvaluationContext } from './evaluate';

/** The held-out text judged as samples are, and as much of it: what the numbers of a perfect model would be. */
export function measureHeldOut({
  config,
  corpus,
  scorers,
}: Pick<EvaluationContext, 'config' | 'corpus' | 'scorers'>): Promise<MeasuredText> {
  return measureRealText({ scorers, decode: corpus.decode, words: corpus.words }, corpus.heldOut, {
    samples: config.evaluation.samples,
    random: randomStream(evaluationSeed(config)).split('real text'),
  });
}
