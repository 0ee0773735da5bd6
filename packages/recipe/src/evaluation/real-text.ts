import { type MeasuredText, measureRealText } from '@idlm/evaluation';
import type { EvaluationContext } from './evaluate';
import { measuresOf } from './measures';

/** The held-out text judged as samples are, and as much of it: what the numbers of a perfect model would be. */
export function measureHeldOut({
  config,
  corpus,
  scorers,
  streams,
}: Pick<EvaluationContext, 'config' | 'corpus' | 'scorers' | 'streams'>): Promise<MeasuredText> {
  return measureRealText({ scorers, ...measuresOf(corpus) }, corpus.heldOut, {
    samples: config.evaluation.samples,
    random: streams.evaluation('real text'),
  });
}
