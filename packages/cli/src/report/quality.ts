import { judgesOf } from './columns';
import { escapeHtml } from './html';
import type { Line } from './lines';
import { type Level, type Series, renderPlot } from './plot';
import { countedSteps } from '../sentences/steps';

/** A model over its numbers of steps, as one line of a plot. */
export interface Curve {
  readonly name: string;
  /** The class that gives its colour and dash. */
  readonly kind: string;
  readonly lines: readonly Line[];
  /** Entropy below which text is taken for repetition, in nats: its quality counts for nothing. */
  readonly leastEntropy?: number;
}

/** What quality is drawn against. */
export interface Against {
  /** In words, behind "against". */
  readonly name: string;
  readonly label: string;
  readonly log: boolean;
  /** Whether less of it is better, so that some models are beaten by none. */
  readonly isCost: boolean;
  of(line: Line): number | undefined;
}

/** What quality is drawn against, by name. */
export const AGAINST = {
  steps: { name: 'steps', label: 'sampling steps', log: true, isCost: false, of: ({ steps }) => steps },
  entropy: {
    ...{ name: 'entropy', label: 'entropy of a sample (nats)', log: false, isCost: false },
    of: ({ entropy }) => entropy.value,
  },
  evaluations: {
    ...{ name: 'network evaluations', label: 'network evaluations per sample (NFE)', log: true, isCost: true },
    of: ({ evaluations }) => evaluations?.value,
  },
  seconds: {
    ...{ name: 'wall clock', label: 'seconds per sample', log: true, isCost: true },
    of: ({ secondsPerSample }) => secondsPerSample?.value,
  },
} satisfies Readonly<Record<string, Against>>;

/** A point of quality against cost. */
export interface Costed {
  readonly cost: number;
  readonly perplexity: number;
}

/** The points that no other beats: none has a lower perplexity at the same cost or less. By rising cost. */
export function paretoFront<Point extends Costed>(points: readonly Point[]): Point[] {
  let best = Infinity;
  return points
    .toSorted((a, b) => a.cost - b.cost || a.perplexity - b.perplexity)
    .filter(({ perplexity }) => perplexity < best && ((best = perplexity), true));
}

/** Whether a line of a curve repeats itself too much for its quality to count. */
const isRepetitive = ({ leastEntropy = -Infinity }: Pick<Curve, 'leastEntropy'>, { entropy }: Line): boolean =>
  entropy.value < leastEntropy;

/** The lines of a curve that have a place in a plot. */
function placed(curve: Curve, judge: string, { of }: Against) {
  return curve.lines.flatMap((line) => {
    const [cost, estimate] = [of(line), line.perplexity[judge]];
    const isPlaced = cost !== undefined && Number.isFinite(cost) && estimate && Number.isFinite(estimate.value);
    return isPlaced ? [{ line, cost, estimate, perplexity: estimate.value, isHollow: isRepetitive(curve, line) }] : [];
  });
}

/** The lines of all curves that none beats at their cost or less, without those that repeat themselves. */
export const frontOf = (curves: readonly Curve[], judge: string, against: Against) =>
  paretoFront(curves.flatMap((curve) => placed(curve, judge, against)).filter(({ isHollow }) => !isHollow));

/** The front as a step line: each quality holds until a larger cost buys a better one. */
function frontSeries(curves: readonly Curve[], judge: string, against: Against): Series {
  const front = frontOf(curves, judge, against);
  const points = front.flatMap(({ cost, perplexity }, i) => [
    ...(i ? [[cost, front[i - 1]!.perplexity] as const] : []),
    [cost, perplexity] as const,
  ]);
  return { name: '', kind: 'front', points, dots: false };
}

/** What a plot of quality is drawn with, beside its curves. */
export interface QualityPlot {
  readonly judge: string;
  readonly against: Against;
  /** Real text: a line across, and a point where entropy is drawn against. */
  readonly real: readonly Line[];
  /** Whether curves carry their names (default true), or a legend stands beside the plot. */
  readonly named?: boolean;
}

/** Perplexity under one judge; numbers at the points are steps. */
export function qualityPlot(curves: readonly Curve[], { judge, against, real, named = true }: QualityPlot): string {
  const series = curves.map((curve): Series => {
    const points = placed(curve, judge, against);
    const titles = points.map(
      ({ line, cost, perplexity }) =>
        `${curve.name} at ${countedSteps(line.steps!)}: ${Number(cost.toPrecision(3))}, ${Number(perplexity.toPrecision(3))}`,
    );
    return {
      name: named ? curve.name : '',
      kind: curve.kind,
      points: points.map(({ cost, perplexity }) => [cost, perplexity]),
      labels: against.name === 'steps' ? undefined : points.map(({ line }) => String(line.steps)),
      titles,
      intervals: points.map(({ estimate }) => estimate.interval),
      hollow: points.map(({ isHollow }) => against.isCost && isHollow),
    };
  });
  const levels = real.map(({ model, perplexity }): Level => ({ name: model, y: perplexity[judge]?.value ?? NaN }));
  const realPoints = against.name === 'entropy' ? real : [];
  return renderPlot({
    title: `${judge} perplexity against ${against.name}`,
    x: { label: against.label, log: against.log },
    y: { label: `perplexity (${judge} scorer)`, log: true },
    series: [
      ...(against.isCost ? [frontSeries(curves, judge, against)] : []),
      ...series,
      ...realPoints.map(({ entropy, perplexity }): Series => {
        const height = perplexity[judge]?.value;
        return { name: '', kind: 'real', points: height === undefined ? [] : [[entropy.value, height]] };
      }),
    ],
    levels,
  });
}

/** One plot for each judge, with what else it says. */
export function qualityPlots(
  curves: readonly Curve[],
  how: Omit<QualityPlot, 'judge'>,
  caption: (judge: string) => string = (judge) => `${judge} scorer`,
): string {
  const figures = judgesOf(curves.flatMap(({ lines }) => lines)).map((judge) => {
    const svg = qualityPlot(curves, { ...how, judge });
    return svg ? `<figure><figcaption>${escapeHtml(caption(judge))}</figcaption>${svg}</figure>` : '';
  });
  return figures.some(Boolean) ? `<div class="pair">${figures.join('')}</div>` : '';
}

/** Quality against each cost that is known: evaluations of the network, and wall clock. */
export function qualityAgainstCost(curves: readonly Curve[], how: Omit<QualityPlot, 'judge' | 'against'>): string {
  const plots = [AGAINST.evaluations, AGAINST.seconds].map((against) => {
    const found = qualityPlots(curves, { ...how, against }, (judge) => `${judge} scorer, against ${against.name}`);
    return found;
  });
  if (!plots.some(Boolean)) return '';
  const isJudged = curves.some(({ leastEntropy }) => leastEntropy !== undefined);
  const hollow = isJudged
    ? ' Hollow points have less entropy than is equal, so that their low perplexity is repetition; they are left out of it.'
    : '';
  return `<section><h2>Quality against cost</h2><p class="soft">Numbers are steps; bars are 95 % intervals. The grey step line is the front that nothing measured here beats at its cost or less.${hollow} Seconds are the wall clock of drawing all samples together, for each of them: compare those of one machine and engine.</p>${plots.join('')}</section>`;
}
