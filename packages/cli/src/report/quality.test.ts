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
    const svg = qualityPlot([curve([line(2, 30), line(8, 20)])], {
      ...{ judge: 'judge', against: AGAINST.evaluations, real, named: false },
    });
    expect(svg).toContain('<title>a &lt;b&gt; at 8 steps: 4, 20</title>');
    expect(svg.match(/class="interval"/g)).toHaveLength(2);
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
