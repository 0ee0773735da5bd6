import type { VerifiedStart } from '@idlm/idlm-loss/exact';
import { asFile, renderPlot } from './plot';

/** Divergences below this are rounding. */
const FLOOR = 1e-12;

/** The descents of a check as an SVG file: one line per start. */
export function renderDescents(checked: readonly VerifiedStart[]): string {
  return asFile(
    renderPlot({
      title: 'Descent on the exact objective',
      x: { label: 'steps of gradient descent' },
      y: { label: 'KL(p‖p*)', log: true },
      series: checked.map(({ process, start, descent }) => ({
        name: start === 1 ? process : '',
        kind: process === 'absorbing' ? 'teacher' : 'student',
        points: descent.map((divergence, step) => [step, Math.max(divergence, FLOOR)]),
        dots: false,
      })),
    }),
  );
}
