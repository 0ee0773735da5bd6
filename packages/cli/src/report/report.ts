import type { SweepRow } from '@idlm/evaluation';
import type { ReportData } from './data';
import { driftTable } from './drift';
import { films } from './film';
import { escapeHtml } from './html';
import {
  claim,
  losses,
  qualityAgainstEntropy,
  qualityAgainstSteps,
  samplesSideBySide,
  stepPlots,
  table,
} from './sections';
import { asFile } from './plot';
import { STYLE } from './style';

/** The report as one HTML file that refers to nothing outside itself. */
export function renderReport(data: ReportData): string {
  const parts = [
    claim,
    qualityAgainstSteps,
    qualityAgainstEntropy,
    driftTable,
    samplesSideBySide,
    films,
    losses,
    table,
  ].map((part) => part(data));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(data.title)}</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(data.title)}</h1><p class="soft">${escapeHtml(data.subtitle)}</p></header>
<main>${parts.join('\n')}
<section><h2>How to reproduce this</h2><details><summary>Manifest: configuration, hashes, versions</summary><pre>${escapeHtml(JSON.stringify(data.manifest, null, 2))}</pre></details></section></main></body></html>
`;
}

export { driftSentence } from './drift';
export { claimSentence } from './sections';

/** The first quality-against-steps plot as an SVG file of its own, for a README. */
export const renderQualityPlot = (rows: readonly SweepRow[]): string => asFile(stepPlots(rows)[0] ?? '');
