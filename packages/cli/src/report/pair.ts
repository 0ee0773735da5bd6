import type { PairShown, ReportData } from './data';
import { escapeHtml } from './html';
import { countedSteps } from '../sentences/steps';

/** What the texts of the pair are, in a sentence. */
export const pairSentence = ({ prompt }: PairShown): string =>
  `What two hours of training make: a teacher and a student of 2.8 million weights that come with idlm go on from "${prompt}"; "idlm sample" writes with the student.`;

/** The texts of the models that come with the package, next to one another. */
export function pairTexts({ pair }: Pick<ReportData, 'pair'>): string {
  if (!pair) return '';
  const columns = pair.shown.map(
    ({ model, steps, texts }) =>
      `<div><p><strong>${model}</strong> at ${countedSteps(steps)}</p>${texts.map((text) => `<div class="text">${escapeHtml(text)}</div>`).join('')}</div>`,
  );
  return `<section><h2>A larger pair</h2><p class="soft">${escapeHtml(pairSentence(pair))}</p><div class="pair columns">${columns.join('')}</div></section>`;
}
