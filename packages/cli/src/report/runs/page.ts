import { cellText, columnsOf, type ColumnName } from '../columns';
import { escapeHtml, htmlTable, notesOf } from '../html';
import type { Line } from '../lines';
import { renderPlot } from '../plot';
import { AGAINST, qualityAgainstCost, qualityPlots } from '../quality';
import { revealOrders } from '../reveal';
import { smooth } from '../sections';
import { STYLE } from '../style';
import { curvesOfRuns, legend } from './curves';
import { settingRows } from './formats';
import { lossName, lossRows } from './losses-table';
import type { ReportedRun } from './run';
import type { RunsTable } from './runs-table';

const section = (title: string, note: string, content: string): string =>
  content
    ? `<section><h2>${title}</h2>${note ? `<p class="soft">${escapeHtml(note)}</p>` : ''}${content}</section>`
    : '';

const rowsTable = ([head, ...rows]: readonly (readonly string[])[], marked?: (row: number) => boolean): string =>
  rows.length ? htmlTable(head!, rows, marked) : '';

/** What each run is, with what must be known of it. */
const runsSection = (runs: readonly ReportedRun[]): string =>
  section(
    'Runs',
    '',
    runs
      .map(
        ({ name, kind, path, about, notes }) =>
          `<h3>${escapeHtml(name)}</h3><p class="soft">${kind} in ${escapeHtml(path)}. ${escapeHtml(about)}</p>${notesOf({ notes })}`,
      )
      .join(''),
  );

/** Real text of all runs: once where it is the same. */
function realOf(runs: readonly ReportedRun[]): Line[] {
  const all = runs.flatMap(({ name, real }) => real.map((line) => ({ name, line })));
  const keyOf = ({ perplexity, entropy }: Line) => JSON.stringify([perplexity, entropy]);
  if (new Set(all.map(({ line }) => keyOf(line))).size <= 1) return all.slice(0, 1).map(({ line }) => line);
  return all.map(({ name, line }) => ({ ...line, model: `${line.model} of ${name}` }));
}

/** Quality of all runs in common plots. */
function qualitySections(runs: readonly ReportedRun[]): string {
  const curves = curvesOfRuns(runs);
  if (!curves.length) return '';
  const [how, key] = [{ real: realOf(runs), named: false }, legend(curves)];
  return `${key}${qualityAgainstCost(curves, how)}${section(
    'Quality against entropy',
    'Low perplexity at low entropy is repetition, not quality: compare at equal entropy. Numbers are steps.',
    qualityPlots(curves, { ...how, against: AGAINST.entropy }),
  )}`;
}

/** All columns but what is the same for a sample and for all. */
const COLUMNS: readonly ColumnName[] = [
  ...(['run', 'model', 'steps', 'temperature', 'calls', 'evaluations', 'secondsPerSample', 'exactMatch'] as const),
  ...([
    'mauve',
    'likelihood',
    'entropy',
    'entropyLost',
    'distinct',
    'wordRate',
    'marginals',
    'pairs',
    'lengths',
  ] as const),
];

/** Every line of every run. */
function numbersSection({ lines }: RunsTable): string {
  const columns = columnsOf(COLUMNS, lines);
  const cells = lines.map((line) => columns.map((column) => cellText(column, line)));
  return section(
    'All numbers',
    'In brackets 95 % intervals over samples; behind ± the standard error of entropies, or the standard deviation between the seeds of a comparison.',
    rowsTable([columns.map(({ head }) => head), ...cells], (row) => lines[row]!.steps === undefined),
  );
}

/** The losses of all runs, a plot for each thing that has one. */
function lossesSection({ runs, losses }: RunsTable): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.losses)))];
  const key = legend(
    runs.flatMap(({ name, losses: own }, i) => (Object.keys(own).length ? [{ name, kind: `arm${i % 6}` }] : [])),
  );
  const plots = names.map((name) => {
    const title = `${lossName(name)} loss`;
    const svg = renderPlot({
      title,
      x: { label: 'updates' },
      y: { label: 'loss' },
      series: runs.flatMap(({ losses: { [name]: curve } }, i) =>
        curve ? [{ name: '', kind: `arm${i % 6}`, points: smooth(curve), dots: false }] : [],
      ),
    });
    return `<figure><figcaption>${escapeHtml(title)}</figcaption>${svg}</figure>`;
  });
  return section(
    'Training',
    '',
    names.length ? `${key}<div class="pair">${plots.join('')}</div>${rowsTable(lossRows(losses))}` : '',
  );
}

/** Runs beside each other, as one HTML file that refers to nothing outside itself. */
export function renderRuns(table: RunsTable): string {
  const { runs, differing } = table;
  const title = `${runs.map(({ name }) => name).join(', ')}`;
  const films = runs.flatMap(({ name, films: own }) =>
    own.map((film) => ({ ...film, title: `${name}: ${film.title}` })),
  );
  const parts = [
    section(
      'Settings that differ',
      differing.length ? '' : 'None that the records tell of.',
      differing.length ? rowsTable(settingRows(table)) : ' ',
    ),
    qualitySections(runs),
    numbersSection(table),
    revealOrders(films),
    lossesSection(table),
    runsSection(runs),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><header><h1>Runs compared</h1><p class="soft">${escapeHtml(title)}</p></header>
<main>${parts.join('\n')}
<section><h2>How to reproduce this</h2><details><summary>All settings of each run</summary><pre>${escapeHtml(
    JSON.stringify(Object.fromEntries(runs.map(({ name, settings }) => [name, settings])), null, 2),
  )}</pre></details></section></main></body></html>
`;
}
