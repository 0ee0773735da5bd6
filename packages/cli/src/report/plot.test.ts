import fc from 'fast-check';
import { renderDescents } from './descents';
import { type PlotOptions, renderPlot } from './plot';

const [WIDTH, HEIGHT] = [560, 340];
const plot = (points: readonly (readonly [number, number])[], more: Partial<PlotOptions> = {}) =>
  renderPlot({ title: 't', x: { label: 'x' }, y: { label: 'y' }, series: [{ name: 'n', kind: 'k', points }], ...more });

const circlesOf = (svg: string) =>
  Array.from(svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g), ([, x, y]) => [Number(x), Number(y)] as const);
/** The numbers along the axes: first those of the heights, then those below. */
const ticksOf = (svg: string) => Array.from(svg.matchAll(/>(-?[\d.e+-]+)<\/text><\/g>/g), ([, text]) => Number(text));

const coordinates = fc.integer({ min: -1e8, max: 1e8 }).map((x) => x / 100);

it('lies within its frame, larger numbers further right and further up', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(coordinates, coordinates), { minLength: 1, maxLength: 8 }), (points) => {
      const found = circlesOf(plot(points));
      expect(found).toHaveLength(points.length);
      for (const [x, y] of found) {
        expect(x >= 0 && x <= WIDTH).toBe(true);
        expect(y >= 0 && y <= HEIGHT).toBe(true);
      }
      points.forEach(([x, y], i) => {
        // Against the first: to the rounding of the drawing.
        expect(Math.sign(x - points[0]![0]) * (found[i]![0] - found[0]![0])).toBeGreaterThanOrEqual(0);
        expect(Math.sign(y - points[0]![1]) * (found[i]![1] - found[0]![1])).toBeLessThanOrEqual(0);
      });
    }),
  ));

it('shows steps as powers of two, every other one of many, and plain numbers over a narrow range', () => {
  const below = (...steps: number[]) => {
    const svg = plot(
      steps.map((step) => [step, 1]),
      { x: { label: 'steps', log: true }, y: { label: 'y' } },
    );
    return ticksOf(svg.slice(svg.indexOf('class="tick"')));
  };
  expect(below(1, 4, 32)).toEqual([1, 2, 4, 8, 16, 32]);
  expect(below(1, 1024)).toEqual([1, 4, 16, 64, 256, 1024]);
  const narrow = below(5, 6);
  expect(narrow.length).toBeGreaterThan(1);
  expect(Math.min(...narrow)).toBeGreaterThanOrEqual(5 / 1.15);
  expect(Math.max(...narrow)).toBeLessThanOrEqual(6 * 1.15);
});

it('names series and levels safely, and leaves out those without points or numbers', () => {
  const svg = plot([[1, 2]], {
    title: '"<&>"',
    series: [
      { name: 'a <b>', kind: 'teacher', points: [[1, 2]], labels: ['1 & 2'] },
      { name: 'empty', kind: 'student', points: [] },
    ],
    levels: [
      { name: 'real', y: 1.5 },
      { name: 'unknown', y: NaN },
    ],
  });
  expect(svg).toContain('aria-label="&quot;&lt;&amp;&gt;&quot;"');
  expect(svg).toContain('a &lt;b&gt;, 1 &amp; 2: 1.00, 2.00');
  expect(svg).toContain('real 1.50');
  expect(svg).not.toMatch(/empty|unknown|NaN/);
});

it('makes room for a level beyond the points', () => {
  const svg = plot([[0, 1]], { levels: [{ name: 'far', y: 100 }] });
  const [, y] = /<g class="real"><path d="M64,([\d.]+)L/.exec(svg)!;
  expect(Number(y)).toBeGreaterThanOrEqual(0);
  expect(Number(y)).toBeLessThan(circlesOf(svg)[0]![1]);
});

it('draws the descents of a check down to rounding, each process named once', () => {
  const start = (process: 'absorbing' | 'uniform', number: number, descent: number[]) =>
    ({ process, start: number, descent }) as unknown as Parameters<typeof renderDescents>[0][number];
  const svg = renderDescents([
    start('absorbing', 1, [1, 1e-3, 0]),
    start('absorbing', 2, [2, 0]),
    start('uniform', 1, [1, 1e-20]),
  ]);
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(svg.match(/<g class="teacher">/g)).toHaveLength(2);
  expect(svg.match(/<g class="student">/g)).toHaveLength(1);
  expect(svg.match(/>absorbing<\/text>/g)).toHaveLength(1);
  expect(svg).toContain('<style>');
});

describe('a loss that came out as no number', () => {
  it('breaks its line and has no point, and the others stand where they would', () => {
    const gap = plot([[1, 2], [2, NaN], [3, 4], [4, 3]]); // prettier-ignore
    expect(gap).not.toMatch(/NaN/);
    expect(circlesOf(gap)).toEqual(circlesOf(plot([[1, 2], [3, 4], [4, 3]]))); // prettier-ignore
    expect(/<g class="k"><path d="([^"]*)"/.exec(gap)![1]!.match(/M/g)).toHaveLength(2);
  });

  it('at the end leaves the name at the last point that has a place', () => {
    const svg = plot([[1, 2], [2, 3], [3, NaN]]); // prettier-ignore
    const [, x, y] = /class="name" x="([\d.]+)" y="([\d.]+)"/.exec(svg)!;
    expect([Number(x), Number(y)]).toEqual(circlesOf(svg)[1]);
  });

  it('is all of its line: the line is left out, the others stand', () => {
    const none = { name: 'none', kind: 'student', points: [[1, NaN]] as const };
    const one = { name: 'one', kind: 'teacher', points: [[1, 2]] as const };
    expect(plot([], { series: [none, one] })).toBe(plot([], { series: [one] }));
  });

  it('alone is no plot', () => expect(plot([[1, NaN], [2, Infinity]])).toBe('')); // prettier-ignore
});

describe('intervals of points', () => {
  const drawn = (interval: readonly [number, number] | undefined) =>
    plot([[1, 2], [2, 3]], { series: [{ name: '', kind: 'k', points: [[1, 2], [2, 3]], intervals: [interval, undefined] }] }); // prettier-ignore

  it('are bars from end to end, for which there is room', () => {
    const svg = drawn([0, 10]);
    const bars = [...svg.matchAll(/class="interval" d="M([\d.]+),([\d.]+)V([\d.]+)"/g)].map((found) => found.slice(1));
    expect(bars).toHaveLength(1);
    const [x, low, high] = bars[0]!.map(Number);
    const [[cx, cy] = []] = circlesOf(svg);
    expect(x).toBe(cx);
    expect(high! < cy! && cy! < low!).toBe(true);
    expect(high! >= 0 && low! <= HEIGHT).toBe(true);
    // The point is a fifth of the way up.
    expect((low! - cy!) / (low! - high!)).toBeCloseTo(0.2, 2);
  });

  it('are left out where an end is no number', () => expect(drawn([NaN, 4])).not.toMatch(/class="interval"|NaN/));
});
