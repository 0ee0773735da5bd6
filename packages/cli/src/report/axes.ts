import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { escapeHtml } from './html';

/** One of the two axes of a plot. */
export interface Axis {
  readonly label: string;
  readonly log?: boolean;
}

/** Where a number stands along an axis. */
export type Scale = ScaleContinuousNumeric<number, number>;

/** The size of every plot; it is scaled to its column. */
export const [WIDTH, HEIGHT] = [560, 340];

const MARGIN = { top: 16, right: 96, bottom: 48, left: 64 };

/** The ends of what is drawn into, between the axes and the names of lines. */
export const FRAME = {
  left: MARGIN.left,
  right: WIDTH - MARGIN.right,
  top: MARGIN.top,
  bottom: HEIGHT - MARGIN.bottom,
} as const;

/** The range of numbers, a little wider. */
function domain(values: readonly number[], log: boolean): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.15, high * 1.15];
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - margin, high + margin];
}

/** A scale that holds all of some numbers. */
export const scaleFor = (values: readonly number[], { log = false }: Axis, range: [number, number]): Scale =>
  (log ? scaleLog().base(2) : scaleLinear()).domain(domain(values, log)).range(range);

/** At most nine numbers, evenly. */
const thinned = (values: readonly number[]): number[] => {
  const every = Math.ceil(values.length / 9);
  return values.filter((_, i) => i % every === 0);
};

/** Powers of two, as steps and perplexities are told. */
const POWERS = Array.from({ length: 40 }, (_, i) => 2 ** i);

/** Ones, twos and fives of each power of ten, as what lies below 1 is told. */
const DECADES = Array.from({ length: 30 }, (_, i) => [1, 2, 5].map((digit) => Number(`${digit}e${i - 20}`)));

/** Ticks of a logarithmic axis that can be read. */
function logTicks(low: number, high: number): number[] {
  const within = (values: readonly number[]) => values.filter((value) => value >= low && value <= high);
  if (low >= 0.5) {
    const powers = within(POWERS);
    return powers.length >= 3 ? thinned(powers) : scaleLinear().domain([low, high]).ticks(4);
  }
  const decades = within(DECADES.flat());
  if (decades.length < 3) return scaleLinear().domain([low, high]).ticks(4);
  return decades.length <= 9 ? decades : thinned(within(DECADES.map(([one]) => one!)));
}

const ticksOf = (scale: Scale, { log }: Axis): number[] =>
  log ? logTicks(...(scale.domain() as [number, number])) : scale.ticks(5);

/** Both axes with their numbers, and a line across at each height. */
export function axes({ x, y }: { readonly x: Axis; readonly y: Axis }, scaleX: Scale, scaleY: Scale): string {
  const { left, right, top, bottom } = FRAME;
  const vertical = ticksOf(scaleX, x).map(
    (value) =>
      `<g transform="translate(${scaleX(value).toFixed(1)},${bottom})"><line class="tick" y2="5"/><text y="20" text-anchor="middle">${value}</text></g>`,
  );
  const horizontal = ticksOf(scaleY, y).map(
    (value) =>
      `<g transform="translate(0,${scaleY(value).toFixed(1)})"><line class="grid" x1="${left}" x2="${right}"/><text x="${left - 8}" dy="4" text-anchor="end">${value}</text></g>`,
  );
  return `${horizontal.join('')}${vertical.join('')}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="label" x="${(left + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x.label)}</text>
<text class="label" transform="translate(16,${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y.label)}</text>`;
}

/** A drawing of the size of a plot, with what it shows in words. */
export const drawing = (title: string, content: string): string =>
  `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}" xmlns="http://www.w3.org/2000/svg">
${content}
</svg>`;
