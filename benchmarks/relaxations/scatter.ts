import { escapeHtml } from '../../packages/cli/src/report/html';
import { asFile } from '../../packages/cli/src/report/plot';

/** Points that belong together, joined by a line in their order. */
interface Line {
  readonly name: string;
  readonly points: readonly { readonly bias: number; readonly variance: number; readonly label: string }[];
}

/** One problem's lines. All panels have the same names, in the same order. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [540, 330];
const TOP = 44;
const MARGIN = { top: 34, right: 24, bottom: 50, left: 64 };

/** Axes that all panels share, so that they can be compared. */
const BIASES = [0, 0.2, 0.4, 0.6, 0.8] as const;
const VARIANCES = [10, 100, 1000] as const;
const RANGE = { bias: [-0.03, 0.9], variance: [3, 1500] } as const;

const xOf = (bias: number): number => {
  const [low, high] = RANGE.bias;
  return MARGIN.left + ((bias - low) / (high - low)) * (WIDTH - MARGIN.left - MARGIN.right);
};
const yOf = (variance: number): number => {
  const [low, high] = RANGE.variance.map(Math.log) as [number, number];
  const bottom = HEIGHT - MARGIN.bottom;
  return bottom - ((Math.log(variance) - low) / (high - low)) * (bottom - MARGIN.top);
};

const text = (x: number, y: number, content: string, attributes: string) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeHtml(content)}</text>`;

function axes(title: string): string {
  const [left, right, bottom] = [MARGIN.left, WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const middle = 'text-anchor="middle"';
  return [
    ...VARIANCES.map(
      (value) =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${yOf(value).toFixed(1)}" y2="${yOf(value).toFixed(1)}"/>${text(left - 8, yOf(value) + 4, String(value), 'text-anchor="end"')}`,
    ),
    ...BIASES.map((value) => text(xOf(value), bottom + 18, String(value), middle)),
    `<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    text(left, MARGIN.top - 14, title, 'class="label" font-weight="600"'),
    text((left + right) / 2, bottom + 38, 'bias, relative to the true gradient', `class="label" ${middle}`),
    `<text class="label" transform="translate(18,${(MARGIN.top + bottom) / 2}) rotate(-90)" ${middle}>variance of one row, relative</text>`,
  ].join('');
}

/** A marker: full and hollow ones in turn, so that lines side by side are told apart without colour. */
const marker = (x: number, y: number, line: number) =>
  `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"${line % 2 ? ' style="fill: #fff; stroke: currentColor; stroke-width: 2"' : ''}/>`;

function drawLine({ points }: Line, index: number): string {
  const places = points.map(({ bias, variance }) => [xOf(bias), yOf(variance)] as const);
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L');
  return `<g class="arm${index}"><path d="M${path}"/>${places.map(([x, y]) => marker(x, y, index)).join('')}</g>`;
}

/** Labels above to the right of their points, where lines that fall leave room; of equal ones the rightmost, none over another. */
function labels(lines: readonly Line[]): string {
  const wanted = lines
    .flatMap(({ points }) => points.map(({ bias, variance, label }) => ({ x: xOf(bias), y: yOf(variance), label })))
    .filter(({ label }) => label)
    .sort((a, b) => b.x - a.x || a.y - b.y);
  const placed: typeof wanted = [];
  for (const one of wanted)
    if (!placed.some(({ x, y, label }) => label === one.label || (Math.abs(x - one.x) < 40 && Math.abs(y - one.y) < 8)))
      placed.push(one);
  return placed.map(({ x, y, label }) => text(x + 8, y - 6, label, 'class="point"')).join('');
}

const legend = (names: readonly string[]): string =>
  names
    .map((name, i) => {
      const x = MARGIN.left + i * 190;
      return `<g class="arm${i}">${marker(x + 4, 24, i)}${text(x + 16, 28, name, 'class="name" font-size="13"')}</g>`;
    })
    .join('');

/** Bias against variance, a panel per problem, two in a row, as an SVG file. */
export function renderScatter(panels: readonly Panel[]): string {
  const drawn = panels.map(({ title, lines }, i) => {
    const [x, y] = [(i % 2) * WIDTH, TOP + Math.floor(i / 2) * HEIGHT];
    return `<g transform="translate(${x},${y})">${axes(title)}${lines.map(drawLine).join('\n')}${labels(lines)}</g>`;
  });
  const height = TOP + Math.ceil(panels.length / 2) * HEIGHT;
  // Hollow markers take the colour of their line.
  const style = [0, 1, 2, 3].map((i) => `.arm${i} { color: ${['#d55e00', '#cc79a7', '#009e73', '#e69f00'][i]}; }`);
  return asFile(
    `<svg class="plot" viewBox="0 0 ${2 * WIDTH} ${height}" role="img" aria-label="Bias against variance" xmlns="http://www.w3.org/2000/svg"><style>${style.join(' ')}</style>${legend(panels[0]!.lines.map(({ name }) => name))}${drawn.join('\n')}</svg>\n`,
  );
}
