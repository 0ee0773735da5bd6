import type { FrameFilm, RevealOrder } from '@idlm/recipe/sampling';
import { scaleLinear } from 'd3-scale';
import { FRAME, axes, drawing } from './axes';
import { escapeHtml } from './html';

/** Most cells along the positions and along the steps; more are drawn together. */
const MOST = { positions: 128, steps: 64 } as const;

/** Shades of a map, from the lightest on. */
const SHADES = 8;

/**
 * The share of pairs of positions, written at different steps, of which the left one was written first: 1 from left to right,
 * 0.5 in no order; undefined where all was written at one step.
 */
export function leftFirst({ written }: RevealOrder): number | undefined {
  let [left, pairs] = [0, 0];
  for (const row of written) {
    const steps = row.filter((step) => step > 0);
    steps.forEach((step, i) => {
      for (const other of steps.slice(i + 1)) {
        left += Number(step < other);
        pairs += Number(step !== other);
      }
    });
  }
  return pairs ? left / pairs : undefined;
}

/** In which order texts were written, in a sentence. */
export function revealSentence(order: RevealOrder): string {
  const share = leftFirst(order);
  const of = order.written.length === 1 ? '1 sample' : `${order.written.length} samples`;
  return share === undefined
    ? `Over ${of} all was written at one step.`
    : `Over ${of} the left one of two positions was written first in ${(100 * share).toFixed(0)} % of pairs (50 %: in no order; 100 %: from left to right).`;
}

/** The map's cells: how many positions were written in each, and how many steps and positions a cell is of. */
function cellsOf({ steps, written }: RevealOrder) {
  const last = written.reduce((most, row) => Math.max(most, ...row), steps);
  const length = written[0]?.length ?? 0;
  const [high, wide] = [Math.ceil(last / MOST.steps), Math.ceil(length / MOST.positions)];
  const counts = Array.from({ length: Math.ceil(last / high) }, () =>
    new Array<number>(Math.ceil(length / wide)).fill(0),
  );
  for (const row of written)
    row.forEach((step, position) => {
      if (step > 0) counts[Math.floor((step - 1) / high)]![Math.floor(position / wide)]!++;
    });
  return { counts, high, wide, last, length };
}

/** When each position was written, over samples: positions to the right, steps downwards, stronger where more samples wrote. */
export function revealMap(title: string, order: RevealOrder): string {
  const { counts, high, wide, last, length } = cellsOf(order);
  const scaleX = scaleLinear()
    .domain([0.5, length + 0.5])
    .range([FRAME.left, FRAME.right]);
  const scaleY = scaleLinear()
    .domain([0.5, last + 0.5])
    .range([FRAME.top, FRAME.bottom]);
  const most = Math.max(...counts.flat());
  const paths = Array.from({ length: SHADES }, () => '');
  counts.forEach((row, i) =>
    row.forEach((count, k) => {
      if (!count) return;
      const [x, y] = [scaleX(k * wide + 0.5), scaleY(i * high + 0.5)];
      const [right, bottom] = [
        scaleX(Math.min(length, (k + 1) * wide) + 0.5),
        scaleY(Math.min(last, (i + 1) * high) + 0.5),
      ];
      paths[Math.ceil((count / most) * SHADES) - 1] +=
        `M${x.toFixed(1)},${y.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${x.toFixed(1)}Z`;
    }),
  );
  const cells = paths.map((path, shade) =>
    path ? `<path fill-opacity="${((shade + 1) / SHADES).toFixed(3)}" d="${path}"/>` : '',
  );
  const both = { x: { label: 'position' }, y: { label: 'step' } };
  return drawing(
    `${title}. ${revealSentence(order)}`,
    `${axes(both, scaleX, scaleY)}<g class="map">${cells.join('')}</g>`,
  );
}

/** A map as a figure, with what it says in words. */
function revealFigure(title: string, order: RevealOrder): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${revealMap(title, order)}<p class="soft">${escapeHtml(revealSentence(order))}</p></figure>`;
}

/** The order in which each film's samples were written; nothing where no film tells it. */
export function revealOrders(films: readonly FrameFilm[]): string {
  const figures = films.flatMap(({ title, order }) => (order ? [revealFigure(title, order)] : []));
  if (!figures.length) return '';
  return `<section><h2>Order of writing</h2><p class="soft">At which step each position took the token that it kept; the stronger the colour, the more samples wrote there. What was given stays empty.</p><div class="pair">${figures.join('')}</div></section>`;
}
