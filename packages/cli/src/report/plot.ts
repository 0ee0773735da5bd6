import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeHtml, figure } from './html';
import { PLOT_STYLE } from './style';

/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** `teacher`, `student`, `fake`, …: the class that gives its colour and dash. */
  readonly kind: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Labels beside the points, where they say more than the axes. */
  readonly labels?: readonly string[];
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
  readonly x: { readonly label: string; readonly log?: boolean };
  readonly y: { readonly label: string; readonly log?: boolean };
  readonly series: readonly Series[];
  /** Heights to compare with, each a line across the plot; those that are no numbers are left out. */
  readonly levels?: readonly Level[];
}

const [WIDTH, HEIGHT] = [560, 340];
const MARGIN = { top: 16, right: 96, bottom: 48, left: 64 };

/** The range of numbers, a little wider. */
function domain(values: readonly number[], log: boolean): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.15, high * 1.15];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - room, high + room];
}

function scaleFor(
  values: readonly number[],
  log: boolean,
  range: [number, number],
): ScaleContinuousNumeric<number, number> {
  return (log ? scaleLog().base(2) : scaleLinear()).domain(domain(values, log)).range(range);
}

/** Ticks that can be read: the powers of two of a step axis, else about five. */
const ticksOf = (scale: ScaleContinuousNumeric<number, number>, log: boolean): number[] => {
  if (!log) return scale.ticks(5);
  const [low, high] = scale.domain() as [number, number];
  const powers = Array.from({ length: 40 }, (_, i) => 2 ** (i - 12)).filter((value) => value >= low && value <= high);
  if (powers.length >= 3) return powers.length > 9 ? powers.filter((_, i) => i % 2 === 0) : powers;
  return scaleLinear().domain([low, high]).ticks(4);
};

function axes(
  { x, y }: PlotOptions,
  scaleX: ScaleContinuousNumeric<number, number>,
  scaleY: ScaleContinuousNumeric<number, number>,
): string {
  const bottom = HEIGHT - MARGIN.bottom;
  const right = WIDTH - MARGIN.right;
  const vertical = ticksOf(scaleX, x.log ?? false).map(
    (value) =>
      `<g transform="translate(${scaleX(value).toFixed(1)},${bottom})"><line class="tick" y2="5"/><text y="20" text-anchor="middle">${Number(value.toPrecision(4))}</text></g>`,
  );
  const horizontal = ticksOf(scaleY, y.log ?? false).map(
    (value) =>
      `<g transform="translate(0,${scaleY(value).toFixed(1)})"><line class="grid" x1="${MARGIN.left}" x2="${right}"/><text x="${MARGIN.left - 8}" dy="4" text-anchor="end">${Number(value.toPrecision(4))}</text></g>`,
  );
  return `${horizontal.join('')}${vertical.join('')}<line class="axis" x1="${MARGIN.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="label" x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x.label)}</text>
<text class="label" transform="translate(16,${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y.label)}</text>`;
}

function drawSeries(
  series: Series,
  scaleX: ScaleContinuousNumeric<number, number>,
  scaleY: ScaleContinuousNumeric<number, number>,
): string {
  const { name, kind, points, labels, dots = true } = series;
  const path =
    line<readonly [number, number]>(
      (point) => scaleX(point[0]),
      (point) => scaleY(point[1]),
    )(points) ?? '';
  const place = ([x, y]: readonly [number, number]) => [scaleX(x).toFixed(1), scaleY(y).toFixed(1)] as const;
  const marks = points.map((point, i) => {
    const [x, y] = place(point);
    const label = labels?.[i];
    const text = label ? `<text class="point" x="${x}" y="${y}" dx="6" dy="-6">${escapeHtml(label)}</text>` : '';
    return `<circle cx="${x}" cy="${y}" r="3.5"><title>${escapeHtml(name)}${label ? `, ${escapeHtml(label)}` : ''}: ${figure(point[0])}, ${figure(point[1])}</title></circle>${text}`;
  });
  const [endX, endY] = place(points[points.length - 1]!);
  const end = `<text class="name" x="${endX}" y="${endY}" dx="10" dy="4">${escapeHtml(name)}</text>`;
  return `<g class="${escapeHtml(kind)}"><path d="${path}"/>${dots ? marks.join('') : ''}${end}</g>`;
}

/** A height to compare with: a line across, named where curves that fall leave room. */
function drawLevel({ name, y: height }: Level, scaleY: ScaleContinuousNumeric<number, number>): string {
  const y = scaleY(height).toFixed(1);
  const label = `${escapeHtml(name)} ${figure(height)}`;
  return `<g class="real"><path d="M${MARGIN.left},${y}L${WIDTH - MARGIN.right},${y}"><title>${label}</title></path><text class="name" x="${MARGIN.left}" y="${y}" dx="4" dy="-5">${label}</text></g>`;
}

/** A plot as a file of its own: with its style, on white. */
export const asFile = (svg: string): string =>
  svg.replace(/(<svg[^>]*>)/, `$1<style>${PLOT_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>`);

/** A line plot as SVG; colours come from the classes of its series. Nothing is drawn for series without points. */
export function renderPlot(options: PlotOptions): string {
  const series = options.series.filter(({ points }) => points.length > 0);
  const all = series.flatMap(({ points }) => points);
  if (!all.length) return '';
  const levels = (options.levels ?? []).filter(({ y }) => Number.isFinite(y));
  const scaleX = scaleFor(
    all.map(([x]) => x),
    options.x.log ?? false,
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const scaleY = scaleFor([...all.map(([, y]) => y), ...levels.map(({ y }) => y)], options.y.log ?? false, [
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  ]);
  return `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(options.title)}" xmlns="http://www.w3.org/2000/svg">
${axes(options, scaleX, scaleY)}
${levels.map((level) => drawLevel(level, scaleY)).join('')}
${series.map((one) => drawSeries(one, scaleX, scaleY)).join('\n')}
</svg>`;
}
