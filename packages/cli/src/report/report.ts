import type { ReportData } from './data';
import { driftTable } from './drift';
import { films } from './film';
import { escapeHtml, notesOf } from './html';
import { likelihood } from './likelihood';
import { models } from './models';
import { pairTexts } from './pair';
import { asFile } from './plot';
import { revealOrders } from './reveal';
import { qualityAgainstCosts, qualityAgainstEntropy, qualityAgainstSteps, stepPlot } from './quality-sections';
import { claim, losses, samplesSideBySide } from './sections';
import { STYLE } from './style';
import { table } from './table';

/** The report as one HTML file that refers to nothing outside itself. */
export function renderReport(data: ReportData): string {
  const parts = [
    claim,
    notesOf,
    qualityAgainstSteps,
    qualityAgainstCosts,
    qualityAgainstEntropy,
    driftTable,
    samplesSideBySide,
    films,
    ({ films: filmed }: ReportData) => revealOrders(filmed),
    losses,
    table,
    likelihood,
    pairTexts,
    models,
  ].map((part) => part(data));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(data.title)}</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(data.title)}</h1><p class="soft">${escapeHtml(data.subtitle)}</p></header>
<main>${parts.join('\n')}
<section><h2>How to reproduce this</h2><details><summary>Manifest: settings of the evaluation, models, hashes, versions</summary><pre>${escapeHtml(JSON.stringify(data.manifest, null, 2))}</pre></details></section></main></body></html>
`;
}

export { terminalNote, terminalRows } from './table';
export { claimSentence, resolutionSentence } from './sections';

/** The first quality-against-steps plot as an SVG file of its own, for a README. */
export const renderQualityPlot = (data: Pick<ReportData, 'rows' | 'manifest'>): string => asFile(stepPlot(data));
