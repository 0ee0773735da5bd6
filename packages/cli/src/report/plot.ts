import type { Interval } from '@idlm/evaluation';
import { line } from 'd3-shape';
import { type Axis, FRAME, type Scale, axes, drawing, scaleFor } from './axes';
import { escapeHtml } from './html';
import { figure } from '../sentences/figures';
import { PLOT_STYLE } from './style';

/** One line of a plot. */
export interface Series {
  /** Stands at the end of its line. */
  readonly name: string;
  /** `teacher`, `student`, `fake`, …: the class that gives its colour and dash. */
  readonly kind: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Labels beside the points, where they say more than the axes. */
  readonly labels?: readonly string[];
  /** What a pointer is told of each point (default: name, label and numbers). */
  readonly titles?: readonly string[];
  /** Intervals of the heights, where they are known. */
  readonly intervals?: readonly (Interval | undefined)[];
  /** Points that are drawn as circles and not as discs. */
  readonly hollow?: readonly boolean[];
  /** Draw points as well as the line (default true). */
  readonly dots?: boolean;
}

/** A height to compare with. */
export interface Level {
  readonly name: string;
  readonly y: number;
}

/** A plot with named axes. */
export interface PlotOptions {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Heights to compare with, each a line across the plot; those that are no numbers are left out. */
  readonly levels?: readonly Level[];
}

/** What a pointer is told of a point. */
function titleOf({ name, labels, titles, points }: Series, i: number): string {
  const [point, named] = [points[i]!.map(figure).join(', '), [name, labels?.[i]].filter(Boolean).join(', ')];
  return titles?.[i] ?? (named ? `${named}: ${point}` : point);
}

/** The point at an index, with its interval and its label. */
function drawPoint(series: Series, i: number, scaleX: Scale, scaleY: Scale): string {
  const { points, labels, intervals, hollow } = series;
  const [x, y] = [scaleX(points[i]![0]).toFixed(1), scaleY(points[i]![1]).toFixed(1)];
  const [label, interval] = [labels?.[i], intervals?.[i]];
  const ends = interval?.every(Number.isFinite) ? interval.map((end) => scaleY(end).toFixed(1)) : undefined;
  const bar = ends ? `<path class="interval" d="M${x},${ends[0]}V${ends[1]}"/>` : '';
  const text = label ? `<text class="point" x="${x}" y="${y}" dx="6" dy="-6">${escapeHtml(label)}</text>` : '';
  return `${bar}<circle${hollow?.[i] ? ' class="hollow"' : ''} cx="${x}" cy="${y}" r="3.5"><title>${escapeHtml(titleOf(series, i))}</title></circle>${text}`;
}

/** Whether a point has a place: a loss that came out as no number has none, and breaks its line. */
const isDrawn = (point: readonly [number, number]): boolean => point.every(Number.isFinite);

function drawSeries(series: Series, scaleX: Scale, scaleY: Scale): string {
  const { name, kind, points, dots = true } = series;
  const path =
    line<readonly [number, number]>(
      (point) => scaleX(point[0]),
      (point) => scaleY(point[1]),
    ).defined(isDrawn)(points) ?? '';
  const marks = dots ? points.map((point, i) => (isDrawn(point) ? drawPoint(series, i, scaleX, scaleY) : '')) : [];
  const [endX, endY] = points.findLast(isDrawn)!;
  const end = `<text class="name" x="${scaleX(endX).toFixed(1)}" y="${scaleY(endY).toFixed(1)}" dx="10" dy="4">${escapeHtml(name)}</text>`;
  return `<g class="${escapeHtml(kind)}"><path d="${path}"/>${marks.join('')}${end}</g>`;
}

/** A height to compare with: a line across, named where curves that fall leave room. */
function drawLevel({ name, y: height }: Level, scaleY: Scale): string {
  const y = scaleY(height).toFixed(1);
  const label = `${escapeHtml(name)} ${figure(height)}`;
  return `<g class="real"><path d="M${FRAME.left},${y}L${FRAME.right},${y}"><title>${label}</title></path><text class="name" x="${FRAME.left}" y="${y}" dx="4" dy="-5">${label}</text></g>`;
}

/** A plot as a file of its own: with its style, on white. */
export const asFile = (svg: string): string =>
  svg.replace(/(<svg[^>]*>)/, `$1<style>${PLOT_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>`);

/** A line plot as SVG; colours come from the classes of its series. Nothing is drawn for series without points that are numbers. */
export function renderPlot(options: PlotOptions): string {
  const series = options.series.filter(({ points }) => points.some(isDrawn));
  const all = series.flatMap(({ points }) => points.filter(isDrawn));
  if (!all.length) return '';
  const levels = (options.levels ?? []).filter(({ y }) => Number.isFinite(y));
  const ends = series.flatMap(({ intervals = [] }) => intervals.flatMap((interval) => interval ?? []));
  const heights = [...all.map(([, y]) => y), ...levels.map(({ y }) => y), ...ends.filter(Number.isFinite)];
  const scaleX = scaleFor(
    all.map(([x]) => x),
    options.x,
    [FRAME.left, FRAME.right],
  );
  const scaleY = scaleFor(heights, options.y, [FRAME.bottom, FRAME.top]);
  return drawing(
    options.title,
    `${axes(options, scaleX, scaleY)}
${levels.map((level) => drawLevel(level, scaleY)).join('')}
${series.map((one) => drawSeries(one, scaleX, scaleY)).join('\n')}`,
  );
}
