import { textName } from '@idlm/recipe/evaluation';
import { judgesOf } from './columns';
import type { ReportData } from './data';
import { type Line, realLine, sweepLine } from './lines';
import { AGAINST, type Curve, qualityAgainstCost, qualityPlot, qualityPlots } from './quality';

/** What curves are made of. */
type Swept = Pick<ReportData, 'rows' | 'manifest'> & Partial<Pick<ReportData, 'match' | 'tolerance'>>;

/** Entropy below which text is taken for repetition: less than equal to that of the teacher that is compared with, else of real text. */
export function leastEntropyOf({ match, tolerance = 0, manifest: { realText } }: Swept): number | undefined {
  const reference = match?.teacher.entropy ?? realText?.entropy;
  return reference === undefined ? undefined : reference * (1 - tolerance);
}

const real = ({ manifest }: Swept): Line[] =>
  manifest.realText ? [realLine(manifest.realText, textName(manifest))] : [];

/** The temperatures of a sweep, the usual one first. */
function temperaturesOf({ rows }: Swept): number[] {
  const all = [...new Set(rows.map(({ temperature }) => temperature))];
  return all.includes(1) ? [1, ...all.filter((one) => one !== 1)] : all;
}

/** A curve for each model at each of some temperatures, of which the first is the usual one. */
function curvesOf(data: Swept, temperatures: readonly number[]): Curve[] {
  const models = [...new Set(data.rows.map(({ model }) => model))];
  return models.flatMap((model) =>
    temperatures.map((temperature, i) => ({
      name: temperatures.length === 1 || temperature === 1 ? model : `${model}, τ ${temperature}`,
      kind: i ? `${model} level` : model,
      leastEntropy: leastEntropyOf(data),
      lines: data.rows
        .filter((row) => row.model === model && row.temperature === temperature)
        .sort((a, b) => a.steps - b.steps)
        .map(sweepLine),
    })),
  );
}

/** The models at the usual temperature alone. */
export const usualCurves = (data: Swept): Curve[] => curvesOf(data, temperaturesOf(data).slice(0, 1));

/** The first plot of quality against steps. */
export function stepPlot(data: Swept): string {
  const curves = usualCurves(data);
  const [judge] = judgesOf(curves.flatMap(({ lines }) => lines));
  return judge === undefined ? '' : qualityPlot(curves, { judge, against: AGAINST.steps, real: real(data) });
}

/** Quality against steps. */
export const qualityAgainstSteps = (data: ReportData): string =>
  `<section><h2>Quality against steps</h2><p class="soft">Perplexity of samples under a judge; lower is better, if diversity is kept (next plots). The line across is that of ${textName(data.manifest)}.</p>
${qualityPlots(usualCurves(data), { against: AGAINST.steps, real: real(data) })}</section>`;

/** Quality against what it costs. */
export const qualityAgainstCosts = (data: ReportData): string =>
  qualityAgainstCost(usualCurves(data), { real: real(data) });

/** Quality against entropy: the frontier, over steps and temperatures. */
export const qualityAgainstEntropy = (data: ReportData): string =>
  `<section><h2>Quality against entropy</h2><p class="soft">Low perplexity at low entropy is repetition, not quality: compare at equal entropy.</p>${qualityPlots(
    curvesOf(data, temperaturesOf(data)),
    { against: AGAINST.entropy, real: real(data) },
    (judge) => `${judge} scorer; numbers are steps`,
  )}</section>`;
