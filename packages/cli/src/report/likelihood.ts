import { BASELINE, textName } from '@idlm/recipe/evaluation';
import { type ReportData } from './data';
import { NOT_COMPARABLE, inBits, inNats, kindOf } from '../sentences/likelihood';
import { escapeHtml, htmlTable } from './html';

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
