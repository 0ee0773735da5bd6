import type { ManifestBound } from '@idlm/evaluation';
import { BASELINE } from '@idlm/recipe/evaluation';

/** What to know of a student's bound. */
export const NOT_COMPARABLE =
  'It bounds the student as a model of many steps, which it is not: do not compare it with that of a teacher.';

/** What the likelihood of a model is. */
export const kindOf = (model: string): string => (model === BASELINE ? 'perplexity' : 'NELBO perplexity');

/** A bound and its standard error. */
export const inNats = ({ nll, standardError }: ManifestBound): string =>
  `${nll.toFixed(3)} ± ${standardError.toFixed(3)} nats per token`;

/** Bits per token and, where they are known, per byte with the interval over rows. */
export function inBits({ bitsPerToken, bitsPerByte, intervals }: ManifestBound): string {
  const perToken = `${bitsPerToken.toFixed(3)} bits per token`;
  if (bitsPerByte === undefined || !intervals) return perToken;
  const ends = intervals.bitsPerByte.map((end) => end.toFixed(3)).join(' – ');
  return `${perToken}, ${bitsPerByte.toFixed(3)} bits per byte (${ends})`;
}

/** How likely the text is under a model, in words. @param text what it is called, such as `held-out text` */
export function likelihoodSentence(model: string, bound: ManifestBound, text: string): string {
  const what = `${text[0]!.toUpperCase()}${text.slice(1)}`;
  const found = `${what} under the ${model}: ${kindOf(model)} ${bound.perplexity.toFixed(2)} (${inNats(bound)}; ${inBits(bound)}).`;
  return bound.comparable === false ? `${found} ${NOT_COMPARABLE}` : found;
}
