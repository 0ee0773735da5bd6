import type { Match, SweepCell } from '@idlm/evaluation';
import { BASELINE, textName } from '@idlm/recipe/evaluation';
import { type LossCurve, type ReportData } from './data';
import { escapeHtml } from './html';
import { figure, signedPercent } from '../sentences/figures';
import { renderPlot } from './plot';
import { countedSteps } from '../sentences/steps';

/** The headline in words: what was reached, or by how much it falls short. */
export function claimSentence(
  { teacher, student, reached, stepRatio, evaluationRatio, entropyGap, perplexityRatio, perplexityIntervals }: Match,
  tolerance = 0.03,
): string {
  const worst = Math.max(...Object.values(perplexityRatio));
  const costs = `${figure(teacher.evaluationsPerSample)} and ${figure(student.evaluationsPerSample)} network evaluations per sample after caching, ${figure(evaluationRatio)} × fewer; entropy ${signedPercent(entropyGap)}`;
  if (reached)
    return `The student reaches the teacher's quality at ${countedSteps(teacher.steps)} in ${countedSteps(student.steps)}: ${figure(stepRatio)} × fewer (${costs}).`;
  const undecided = Object.values(perplexityIntervals ?? {}).some(([low, high]) => !(high <= 1) && !(low > 1));
  if (worst <= 1 && undecided && Math.abs(entropyGap) <= tolerance)
    return `The student is not shown to reach the teacher: at ${countedSteps(student.steps)} its perplexity is as low as the teacher's at ${teacher.steps}, but by less than ${student.samples} samples can tell from chance (${costs}).`;
  if (worst <= 1)
    return `The student falls short: at ${countedSteps(student.steps)} its perplexity is as low as the teacher's at ${teacher.steps}, but not at equal diversity (${costs}).`;
  return `The student falls short: at ${countedSteps(student.steps)} its perplexity is ${figure(worst)} × that of the teacher at ${countedSteps(teacher.steps)} under the stricter scorer (${costs}).`;
}

/** What so many samples can tell, in a sentence; none where they were measured without intervals. */
export function resolutionSentence({ student, perplexityIntervals, smallestGap }: Match): string {
  if (!perplexityIntervals || smallestGap === undefined) return '';
  const found = Object.entries(perplexityIntervals).map(
    ([scorer, [low, high]]) => `${low.toFixed(3)} to ${high.toFixed(3)} × (${scorer})`,
  );
  return `The student's perplexity is ${found.join(', ')} the teacher's, with 95 % confidence: ${student.samples} samples show differences of ${(100 * smallestGap).toFixed(1)} % or more, and take equal models for different once in twenty times.`;
}

/** The headline. */
export function claim({ match, tolerance }: ReportData): string {
  if (!match) return '';
  const ratios = Object.entries(match.perplexityRatio).map(
    ([scorer, ratio]) =>
      `${escapeHtml(scorer)} perplexity ${figure(match.student.perplexity[scorer]!)} against ${figure(match.teacher.perplexity[scorer]!)} (${figure(ratio)} ×)`,
  );
  return `<div class="claim${match.reached ? '' : ' short'}"><strong>${escapeHtml(claimSentence(match, tolerance))}</strong>
<span class="soft">${ratios.join('; ')}; measured over ${match.student.samples} samples each, entropies ${match.student.entropy.toFixed(3)} and ${match.teacher.entropy.toFixed(3)} (equal within ${signedPercent(tolerance).slice(1)}). ${escapeHtml(resolutionSentence(match))}</span></div>`;
}

const plain = (rows: readonly SweepCell[]): SweepCell[] => {
  const temperatures = rows.map(({ temperature }) => temperature);
  const usual = temperatures.includes(1) ? 1 : temperatures[0];
  return rows.filter(({ temperature }) => temperature === usual).sort((a, b) => a.steps - b.steps);
};

/** Mean over spans of updates, so that curves can be read. */
export function smooth(curve: LossCurve, most = 120): LossCurve {
  const span = Math.max(1, Math.ceil(curve.length / most));
  return Array.from({ length: Math.ceil(curve.length / span) }, (_, i) => {
    const part = curve.slice(i * span, (i + 1) * span);
    return [part[part.length - 1]![0], part.reduce((sum, [, loss]) => sum + loss, 0) / part.length] as const;
  });
}

/** Losses over training, one plot for each role: on what it is trained on, and on held-out text. */
export function losses({ losses: history }: ReportData): string {
  const roles = [...new Set(Object.keys(history).map((name) => name.split('/')[0]!))];
  const plots = roles.map((role) => {
    const own = Object.entries(history).filter(([name]) => name.split('/')[0] === role);
    const svg = renderPlot({
      title: `${role} loss`,
      x: { label: 'updates' },
      y: { label: 'loss' },
      series: own.map(([name, values], i) => ({
        name: name.split('/').slice(1, -1).join(' ') || role,
        kind: i ? `${role} level` : role,
        points: smooth(values),
        dots: false,
      })),
    });
    return `<figure><figcaption>${escapeHtml(`${role} loss`)}</figcaption>${svg}</figure>`;
  });
  return plots.length ? `<section><h2>Training</h2><div class="pair">${plots.join('')}</div></section>` : '';
}

/** Samples of teacher, student and baseline next to one another, and of real text. */
export function samplesSideBySide({ rows, match, manifest }: ReportData): string {
  const baseline = plain(rows).filter(({ model }) => model === BASELINE);
  const chosen = match ? [match.student, match.teacher, ...baseline] : plain(rows).slice(-2);
  const { realText } = manifest;
  const columns = [
    ...chosen.map(({ model, steps, examples }) => ({ model, at: ` at ${countedSteps(steps)}`, examples })),
    ...(realText ? [{ model: textName(manifest), at: '', examples: realText.examples }] : []),
  ].map(
    ({ model, at, examples }) =>
      `<div><p><strong>${escapeHtml(model)}</strong>${at}</p>${examples.map((text) => `<div class="text">${escapeHtml(text)}</div>`).join('')}</div>`,
  );
  return `<section><h2>Samples</h2><div class="pair columns">${columns.join('')}</div></section>`;
}
