import type { ManifestBound } from '@idlm/evaluation';
import { BASELINE, textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { escapeHtml, htmlTable } from './html';

const NOT_COMPARABLE =
  'It bounds the student as a model of many steps, which it is not: do not compare it with that of a teacher.';

const kindOf = (model: string): string => (model === BASELINE ? 'perplexity' : 'NELBO perplexity');

const inNats = ({ nll, standardError }: ManifestBound): string =>
  `${nll.toFixed(3)} ± ${standardError.toFixed(3)} nats per token`;

/** Bits per token and, where they are known, per byte with the interval over rows. */
function inBits({ bitsPerToken, bitsPerByte, intervals }: ManifestBound): string {
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

/** How likely the text is under each model. */
export function likelihood({ manifest }: ReportData): string {
  const entries = Object.entries(manifest.bounds ?? {});
  if (!entries.length) return '';
  const text = textName(manifest);
  const rows = entries.map(([model, bound]) => [
    model,
    kindOf(model),
    bound.perplexity.toFixed(2),
    inNats(bound),
    inBits(bound),
    bound.comparable === false ? 'not comparable' : '',
  ]);
  const isAny = entries.some(([, { comparable }]) => comparable === false);
  const note = `An upper bound for diffusion models, exact for the ${BASELINE}.${isAny ? ` ${NOT_COMPARABLE.replace('It bounds', "A student's bounds")}` : ''}`;
  return `<section><h2>Likelihood of ${escapeHtml(text)}</h2><p class="soft">${escapeHtml(note)}</p>${htmlTable(['', '', 'perplexity', '', '', ''], rows)}</section>`;
}
