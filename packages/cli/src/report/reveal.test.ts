import type { RevealOrder } from '@idlm/recipe/sampling';
import fc from 'fast-check';
import { leftFirst, revealMap, revealOrders, revealSentence } from './reveal';

const order = (...written: number[][]): RevealOrder => ({ steps: 4, written });
/** The corners of the map's cells by shade, from the lightest on. */
const cellsOf = (svg: string) =>
  Array.from(svg.matchAll(/<path fill-opacity="([\d.]+)" d="([^"]+)"/g), ([, opacity, path]) => ({
    opacity: Number(opacity),
    corners: path!.split('Z').slice(0, -1),
  }));

describe('which of two positions was written first', () => {
  it.each([
    ['from left to right', [1, 2, 3, 4], 1],
    ['from right to left', [4, 3, 2, 1], 0],
    ['some of each', [2, 1, 3], 2 / 3],
    ['equal steps are no pair', [1, 1, 2], 1],
    ['what is given is no pair', [0, 2, 0, 1], 0],
  ])('%s', (_, written, share) => expect(leftFirst(order(written))).toBeCloseTo(share, 12));

  it('is not told where all was written at once', () => {
    expect(leftFirst(order([1, 1, 1], [0, 0, 0]))).toBeUndefined();
    expect(revealSentence(order([1, 1, 1]))).toBe('Over 1 sample all was written at one step.');
  });

  it('is the opposite for the opposite order', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 20 }), (row) => {
        const [there, back] = [leftFirst(order(row)), leftFirst(order(row.toReversed()))];
        if (there === undefined) expect(back).toBeUndefined();
        else expect(there + back!).toBeCloseTo(1, 12);
      }),
    ));
});

describe('the map of writing', () => {
  it('has a cell at each position and step that was written, darkest where all samples wrote', () => {
    const cells = cellsOf(revealMap('t', order([1, 0, 2], [1, 4, 2])));
    // Positions are 400/3 wide and steps 276/4 high, from (64, 16) on.
    expect(cells).toEqual([
      { opacity: 0.5, corners: ['M197.3,223.0H330.7V292.0H197.3'] },
      { opacity: 1, corners: ['M64.0,16.0H197.3V85.0H64.0', 'M330.7,85.0H464.0V154.0H330.7'] },
    ]);
  });

  it('keeps what a sampler wrote at its end, one step further down', () => {
    const [, second] = cellsOf(revealMap('t', { steps: 1, written: [[1, 2], [1, 1]] })); // prettier-ignore
    expect(second!.corners).toEqual(['M64.0,16.0H264.0V154.0H64.0']);
  });

  it('holds long texts and many steps in a bounded number of cells, each of what lies together', () => {
    const long = Array.from({ length: 1024 }, (_, i) => i + 1);
    const svg = revealMap('t', { steps: 1024, written: [long] });
    const corners = cellsOf(svg).flatMap((shade) => shade.corners);
    // Eight positions of each column lie in half of a row of sixteen steps.
    expect(corners).toHaveLength(128);
    expect(svg.length).toBeLessThan(12_000);
  });

  it('shades by the share of the most that were written in a cell, and leaves what was given empty', () => {
    // Of four samples one, two and four wrote a position at a step: an eighth of shades each quarter has two.
    const cells = cellsOf(revealMap('t', order([1, 2, 3, 0], [1, 2, 4, 0], [1, 1, 4, 0], [1, 1, 4, 0])));
    const shaded = cells.map(({ opacity, corners }) => [opacity, corners.length]);
    expect(shaded).toEqual([
      [0.25, 1],
      [0.5, 2],
      [0.75, 1],
      [1, 1],
    ]);
    const right = Math.max(...cells.flatMap(({ corners }) => corners.map((one) => Number(/H([\d.]+)V/.exec(one)![1]))));
    // The fourth of four positions, from 364 to 464, was given in all.
    expect(right).toBe(364);
  });

  it('ends its last cells where positions and steps end, also where they are drawn together', () => {
    // 129 positions and 65 steps: cells of two by two, the last of one by one.
    const row = Array.from({ length: 129 }, (_, i) => (i === 128 ? 65 : 1));
    const corners = cellsOf(revealMap('t', { steps: 65, written: [row] })).flatMap((shade) => shade.corners);
    const [x, y] = [64 + (400 * 128) / 129, 16 + (276 * 64) / 65].map((value) => value.toFixed(1));
    expect(corners).toContain(`M${x},${y}H464.0V292.0H${x}`);
    expect(corners).toHaveLength(65);
  });

  it('names its axes, of positions from 1 on to the right and of steps downwards', () => {
    const svg = revealMap('t', order([1, 2, 3, 4]));
    expect(svg).toMatch(/>position<\/text>[^]*>step<\/text>/);
    const heights = [...svg.matchAll(/translate\(0,([\d.]+)\)[^]*?text-anchor="end">(\d+)</g)];
    const [first, second] = heights.map(([, y, step]) => [Number(step), Number(y)] as const);
    expect([first![0], second![0]]).toEqual([1, 2]);
    expect(first![1]).toBeLessThan(second![1]);
  });

  it('says what it shows, and is left out where nothing is known', () => {
    const film = { title: 'A <film>', frames: [], order: order([1, 2, 3, 4]) };
    const html = revealOrders([film, { title: 'older', frames: [] }]);
    expect(html.match(/<svg/g)).toHaveLength(1);
    expect(html).toContain(
      'aria-label="A &lt;film&gt;. Over 1 sample the left one of two positions was written first in 100 %',
    );
    expect(html).toContain('<figcaption>A &lt;film&gt;</figcaption>');
    expect(revealOrders([{ title: 'older', frames: [] }])).toBe('');
  });
});
