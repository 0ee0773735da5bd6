import { escapeHtml } from '../html';
import type { Curve } from '../quality';
import type { ReportedRun } from './run';

/** Colours and dashes that the style has. */
const [COLOURS, DASHES] = [6, 3];

/** The curves of all runs: a colour for each run, a dash for each model. */
export function curvesOfRuns(runs: readonly ReportedRun[]): Curve[] {
  const models = [...new Set(runs.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  return runs.flatMap(({ name: run, curves }, i) =>
    curves.map((curve) => ({
      ...curve,
      name: `${run}: ${curve.name}`,
      kind: `arm${i % COLOURS} dash${models.indexOf(curve.name) % DASHES}`,
    })),
  );
}

/** What the curves of a plot are, as a list of their lines. */
export const legend = (curves: readonly Pick<Curve, 'name' | 'kind'>[]): string =>
  `<ul class="legend">${curves
    .map(
      ({ name, kind }) =>
        `<li><svg class="plot swatch" viewBox="0 0 36 12" aria-hidden="true"><g class="${kind}"><path d="M0,6H36"/><circle cx="18" cy="6" r="3.5"/></g></svg>${escapeHtml(name)}</li>`,
    )
    .join('')}</ul>`;
