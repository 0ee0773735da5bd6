import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { maskWeight } from './absorbing';
import { descend, exactObjective } from './objective';
import { enumerateSpace, kullbackLeibler, softmax } from './space';

const sizes = fc.constantFrom([2, 1], [2, 3], [3, 2], [3, 3], [2, 5]) as fc.Arbitrary<[number, number]>;
const random = (seed: number, size: number) =>
  softmax(
    randomStream(seed)
      .normals(size)
      .map((z) => 1.5 * z),
  );

describe('exactObjective', () => {
  it('is KL(p‖p*), whatever the two distributions', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([vocabSize, length], seed) => {
        const space = enumerateSpace(vocabSize, length);
        const [student, target] = [random(seed, space.size), random(seed + 1, space.size)];
        const divergence = kullbackLeibler(student, target);
        const { value } = exactObjective(space, student, target);
        expect(Math.abs(value - divergence)).toBeLessThan(1e-12 * (1 + divergence));
        expect(value).toBeGreaterThan(-1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('is zero at p = p*, with zero gradient', () => {
    const space = enumerateSpace(3, 3);
    const target = random(4, space.size);
    const { value, gradient } = exactObjective(space, target, target);
    expect(Math.abs(value)).toBeLessThan(1e-14);
    expect(gradient).toBeCloseToArray(
      gradient.map(() => 0),
      { atol: 1e-14 },
    );
  });

  it('reports its gradient in the logits', () => {
    const space = enumerateSpace(2, 3);
    const target = random(8, space.size);
    const logits = randomStream(9).normals(space.size);
    const { gradient } = exactObjective(space, softmax(logits), target);
    const moved = (x: number, h: number) =>
      exactObjective(space, softmax(logits.map((value, i) => (i === x ? value + h : value))), target).value;
    const differences = logits.map((_, x) => (moved(x, 1e-5) - moved(x, -1e-5)) / 2e-5);
    expect(gradient).toBeCloseToArray(differences, { atol: 1e-9 });
  });

  it('has only one minimum: descent from any start reaches p*', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const space = enumerateSpace(3, 3);
        const target = random(seed, space.size);
        const { path, student } = descend(
          space,
          randomStream(seed + 7)
            .normals(space.size)
            .map((z) => 2 * z),
          target,
          { steps: 120, rate: 0.3 },
        );
        expect(path[0]!.divergence).toBeGreaterThan(1e-3);
        expect(path[path.length - 1]!.divergence).toBeLessThan(1e-10);
        expect(student).toBeCloseToArray(target, { atol: 1e-5 });
        path.slice(1).forEach(({ objective }, i) => expect(objective).toBeLessThanOrEqual(path[i]!.objective + 1e-14));
      }),
      { numRuns: 10 },
    );
  });

  it('weighs masks by the Beta integral', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 9 }), (length, extra) => {
        const masked = 1 + (extra % length);
        const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
        expect(maskWeight(masked, length)).toBeCloseTo(
          (factorial(masked - 1) * factorial(length - masked)) / factorial(length),
          12,
        );
      }),
    );
  });

  it('refuses spaces too large and distributions that are none', () => {
    expect(() => enumerateSpace(10, 5)).toThrow('at most 10000 states');
    const space = enumerateSpace(2, 2);
    expect(() => exactObjective(space, Float64Array.of(0.5, 0.5, 0, 0), random(1, 4))).toThrow(
      '4 positive probabilities that sum to 1',
    );
  });
});
