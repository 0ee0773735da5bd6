import fc from 'fast-check';
import type { Line } from './lines';
import { AGAINST, type Curve, frontOf, paretoFront, qualityAgainstCost, qualityPlot } from './quality';

const points = fc.array(
  fc.record({ cost: fc.integer({ min: 1, max: 9 }), perplexity: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 12 },
);

describe('the front of quality against cost', () => {
  it('holds what nothing beats, and nothing else', () =>
    fc.assert(
      fc.property(points, (all) => {
        const front = paretoFront(all);
        const isBeaten = (point: (typeof all)[number]) =>
          all.some(
            ({ cost, perplexity }) =>
              cost <= point.cost &&
              perplexity <= point.perplexity &&
              (cost < point.cost || perplexity < point.perplexity),
          );
        expect(front.filter(isBeaten)).toEqual([]);
        const keyOf = ({ cost, perplexity }: (typeof all)[number]) => `${cost} ${perplexity}`;
        const left = new Set(all.filter((point) => !isBeaten(point)).map(keyOf));
        expect(front.map(keyOf)).toEqual([...left].toSorted());
      }),
    ));
});

const line = (steps: number, perplexity: number, entropy = 2.5, seconds?: number): Line => ({
  model: 'm',
  steps,
  evaluations: { value: steps / 2 },
  secondsPerSample: seconds === undefined ? undefined : { value: seconds },
  perplexity: { judge: { value: perplexity, interval: [perplexity - 1, perplexity + 1] } },
  entropy: { value: entropy },
});
const curve = (lines: readonly Line[], more: Partial<Curve> = {}): Curve => ({
  ...{ name: 'a <b>', kind: 'student', lines },
  ...more,
});

describe('plots of quality', () => {
  const real: Line[] = [{ model: 'held-out text', perplexity: { judge: { value: 9 } }, entropy: { value: 2.6 } }];

  it('leave what repeats itself out of the front, and draw it hollow', () => {
    const curves = [curve([line(2, 30), line(4, 10, 1.5), line(8, 20)], { leastEntropy: 2.4 })];
    expect(frontOf(curves, 'judge', AGAINST.evaluations).map(({ perplexity }) => perplexity)).toEqual([30, 20]);
    const svg = qualityPlot(curves, { judge: 'judge', against: AGAINST.evaluations, real });
    expect(svg.match(/class="hollow"/g)).toHaveLength(1);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    // Against entropy it is seen where it stands.
    expect(qualityPlot(curves, { judge: 'judge', against: AGAINST.entropy, real })).not.toContain('hollow');
  });

  it('show steps, intervals, and the cost of each point', () => {
    const svg = qualityPlot([curve([line(1, 40), line(2, 30), line(8, 20)])], {
      ...{ judge: 'judge', against: AGAINST.evaluations, real, named: false },
    });
    expect(svg).toContain('<title>a &lt;b&gt; at 1 step: 0.5, 40</title>');
    expect(svg).toContain('<title>a &lt;b&gt; at 8 steps: 4, 20</title>');
    expect(svg.match(/class="interval"/g)).toHaveLength(3);
    expect(svg).toContain('held-out text 9.00');
    expect(svg).toContain('<g class="front"><path d="M');
    expect(svg).not.toContain('class="name" x="464');
  });

  it('are of what is known: wall clock only where it was measured, and nothing without cost', () => {
    const without = qualityAgainstCost([curve([line(2, 30)])], { real });
    expect([without.includes('against network evaluations'), without.includes('against wall clock')]).toEqual([
      true,
      false,
    ]);
    const timed = qualityAgainstCost([curve([line(2, 30, 2.5, 0.01)])], { real });
    expect(timed).toContain('against wall clock');
    const { evaluations: _, ...unknown } = line(2, 30);
    expect(qualityAgainstCost([curve([unknown])], { real })).toBe('');
  });
});

describe('the step line of the front', () => {
  const stepLine = (curves: readonly Curve[]) => {
    const svg = qualityPlot(curves, { judge: 'judge', against: AGAINST.evaluations, real: [], named: false });
    const path = /<g class="front"><path d="M([^"]*)"/.exec(svg)![1]!;
    const circles = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((found) => found.slice(1).map(Number));
    return { corners: path.split('L').map((corner) => corner.split(',').map(Number)), circles };
  };

  it('hold each quality until a larger cost buys a better one', () => {
    // The third costs more than the second and is worse: no step of the line.
    const { corners, circles } = stepLine([curve([line(2, 30), line(4, 20), line(8, 25), line(16, 10)])]);
    const [first, second, , last] = circles;
    const [a, b, c] = [first!, second!, last!];
    const expected = [a, [b[0]!, a[1]!], b, [c[0]!, b[1]!], c];
    expect(corners).toHaveLength(5);
    corners.flat().forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i]!, 0));
  });

  it('are over all curves together', () => {
    const slow = curve([line(4, 40)], { name: 'slow' });
    const fast = curve([line(2, 20), line(8, 5)], { name: 'fast' });
    const names = frontOf([slow, fast], 'judge', AGAINST.evaluations).map(({ line: { steps } }) => steps);
    expect(names).toEqual([2, 8]);
    expect(frontOf([slow], 'judge', AGAINST.evaluations)).toHaveLength(1);
    expect(frontOf([slow, fast], 'another', AGAINST.evaluations)).toEqual([]);
  });

  it('have no place for what is no number', () => {
    const curves = [curve([line(2, NaN), line(4, 5, 2.5, Infinity), line(8, 10, 2.5, 0.5)])];
    expect(frontOf(curves, 'judge', AGAINST.evaluations).map(({ cost }) => cost)).toEqual([2]);
    expect(frontOf(curves, 'judge', AGAINST.seconds).map(({ cost }) => cost)).toEqual([0.5]);
  });

  it('are drawn against costs alone', () => {
    const curves = [curve([line(2, 30, 2.5, 0.1), line(4, 20, 2.6, 0.2)])];
    for (const [name, against] of Object.entries(AGAINST))
      expect([name, qualityPlot(curves, { judge: 'judge', against, real: [] }).includes('class="front"')]).toEqual([
        name,
        name === 'evaluations' || name === 'seconds',
      ]);
  });
});

it('hollow points are explained only where some entropy is the least that counts', () => {
  const words = 'Hollow points have less entropy than is equal';
  expect(qualityAgainstCost([curve([line(2, 30)], { leastEntropy: 2 })], { real: [] })).toContain(words);
  expect(qualityAgainstCost([curve([line(2, 30)])], { real: [] })).not.toContain(words);
});
