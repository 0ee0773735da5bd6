import { FRAME, HEIGHT, WIDTH, axes, drawing, scaleFor } from './axes';

const X = [FRAME.left, FRAME.right] as [number, number];
const Y = [FRAME.bottom, FRAME.top] as [number, number];
const linear = { label: 'entropy' };
const log = { label: 'steps', log: true };

/** The numbers at the ticks of the axis across, from left to right. */
const ticksAcross = (values: readonly number[], axis = log): number[] => {
  const svg = axes({ x: axis, y: linear }, scaleFor(values, axis, X), scaleFor([0, 1], linear, Y));
  return [...svg.matchAll(/y="20" text-anchor="middle">([^<]*)</g)].map(([, text]) => Number(text));
};

describe('scaleFor', () => {
  it('holds all numbers, and a little room beside them', () => {
    const scale = scaleFor([2, 4], linear, X);
    expect(scale.domain()).toEqual([2 - 0.16, 4 + 0.16]);
    expect([scale(2 - 0.16), scale(4 + 0.16)]).toEqual(X);
    expect(scaleFor([1, 8], log, X).domain()).toEqual([1 / 1.15, 8 * 1.15]);
  });

  it('has room beside one number alone, also beside 0', () => {
    expect(scaleFor([5], linear, X).domain()).toEqual([4.6, 5.4]);
    expect(scaleFor([0], linear, X).domain()).toEqual([-0.08, 0.08]);
  });

  it('puts equal factors at equal distances on a logarithmic axis', () => {
    const scale = scaleFor([1, 64], log, X);
    expect(scale(4) - scale(2)).toBeCloseTo(scale(32) - scale(16), 9);
  });
});

describe('axes', () => {
  it.each([
    [
      [1, 16],
      [1, 2, 4, 8, 16],
    ],
    // Twenty powers are thinned to nine at most.
    [
      [1, 2 ** 18],
      [1, 8, 64, 512, 4096, 32_768, 262_144],
    ],
    [
      [0.01, 0.09],
      [0.01, 0.02, 0.05, 0.1],
    ],
  ])('tell %j by %j', (values, ticks) => expect(ticksAcross(values)).toEqual(ticks));

  it('tell a logarithmic range within two powers by numbers between them', () => {
    const ticks = ticksAcross([20, 30]);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.every((tick) => tick > 17 && tick < 35)).toBe(true);
  });

  it.each([
    // Between a fifth and a half there is no tick of one, two or five.
    [[0.3, 0.4]],
    [[0.0063, 0.0079]],
    [[0.1, 0.11]],
  ])('tell a range below 1 that holds few of ones, twos and fives by numbers between them: %j', (values) => {
    const ticks = ticksAcross(values);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    expect(ticks.every((tick) => tick >= values[0]! / 1.15 && tick <= values[1]! * 1.15)).toBe(true);
  });

  it.each([
    [
      [0.1, 0.5],
      ['0.1', '0.2', '0.3', '0.4', '0.5'],
    ],
    // Numbers that differ in their sixth digit differ in their words.
    [
      [1234.21, 1234.29],
      ['1234.22', '1234.24', '1234.26', '1234.28'],
    ],
  ])('put each number of %j where the scale has it, whole', (values, texts) => {
    const scale = scaleFor(values, linear, X);
    const svg = axes({ x: linear, y: linear }, scale, scaleFor([0, 1], linear, Y));
    const across = [...svg.matchAll(/translate\(([\d.]+),292\)"><line class="tick" y2="5"\/><text[^>]*>([^<]*)</g)];
    expect(across.map(([, x, text]) => [x, text])).toEqual(texts.map((text) => [scale(Number(text)).toFixed(1), text]));
  });

  it('thin decades below 1 to their ones', () => {
    const ticks = ticksAcross([1e-6, 0.5]);
    expect(ticks).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
  });

  it('draw a line across at each height, and say what they are of', () => {
    const scaleY = scaleFor([0, 10], linear, Y);
    const svg = axes({ x: log, y: { label: 'a < b' } }, scaleFor([1, 8], log, X), scaleY);
    expect(svg.match(/class="grid"/g)).toHaveLength(scaleY.ticks(5).length);
    expect(svg).toContain('>a &lt; b</text>');
    expect(svg).toContain('>steps</text>');
  });
});

it('a drawing has the size of a plot, and says what it shows', () => {
  const svg = drawing('"loss" & steps', '<g/>');
  expect(svg).toContain(`viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="&quot;loss&quot; &amp; steps"`);
  expect(svg).toMatch(/>\n<g\/>\n<\/svg>$/);
});
