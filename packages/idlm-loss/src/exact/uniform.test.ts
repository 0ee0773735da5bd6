import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { descend, exactObjective } from './objective';
import { gaussLegendre } from './quadrature';
import { type Space, enumerateSpace, kullbackLeibler, softmax } from './space';
import { uniformPathLoss } from './uniform';

/** Of bounded logits: the rule over α is off by 1e-11 for probabilities at their ends, and by more for smaller ones. */
const random = (seed: number, size: number) =>
  softmax(
    randomStream(seed)
      .uniforms(size)
      .map((u) => 6 * u),
  );
const loss = uniformPathLoss();
const sizes = fc.constantFrom([2, 1], [2, 3], [3, 2], [3, 3], [5, 1]) as fc.Arbitrary<[number, number]>;

describe('exactObjective of the uniform process', () => {
  it('is KL(p‖p*) with the leave-one-out posterior, and never negative', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([vocabSize, length], seed) => {
        const space = enumerateSpace(vocabSize, length);
        const [student, target] = [random(seed, space.size), random(seed + 1, space.size)];
        const divergence = kullbackLeibler(student, target);
        const { value } = exactObjective(space, student, target, loss);
        expect(Math.abs(value - divergence)).toBeLessThan(1e-9 * (1 + divergence));
        expect(value).toBeGreaterThan(-1e-9);
      }),
      { numRuns: 25 },
    );
  });

  it('is not KL, and may even be negative, with the plain posterior in its place', () => {
    const space = enumerateSpace(3, 3);
    const gaps = [1, 2, 3, 4].map((seed) => {
      const [student, target] = [random(seed, space.size), random(seed + 1, space.size)];
      const { value } = exactObjective(space, student, target, uniformPathLoss({ denoiser: 'posterior' }));
      return value - kullbackLeibler(student, target);
    });
    gaps.forEach((gap) => expect(Math.abs(gap)).toBeGreaterThan(1e-2));
  });

  it('has the leave-one-out posterior as its minimum: the plain one does worse on its own distribution', () => {
    const space = enumerateSpace(3, 2);
    const p = random(6, space.size);
    const under = (values: Float64Array) => values.reduce((sum, value, x) => sum + p[x]! * value, 0);
    expect(under(loss(space, p))).toBeLessThan(under(uniformPathLoss({ denoiser: 'posterior' })(space, p)) - 1e-3);
  });

  it('is zero at p = p*, with zero gradient', () => {
    const space = enumerateSpace(3, 2);
    const target = random(4, space.size);
    const { value, gradient } = exactObjective(space, target, target, loss);
    expect(Math.abs(value)).toBeLessThan(1e-13);
    gradient.forEach((entry) => expect(Math.abs(entry)).toBeLessThan(1e-13));
  });

  it('has only one minimum: descent from any start reaches p*', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const space = enumerateSpace(3, 2);
        const target = random(seed, space.size);
        const start = randomStream(seed + 7).normals(space.size);
        const { path, student } = descend(space, start, target, {
          steps: 100,
          rate: 0.3,
          loss: uniformPathLoss({ nodes: 30 }),
        });
        expect(path[path.length - 1]!.divergence).toBeLessThan(4e-5);
        expect(student).toBeCloseToArray(target, { atol: 1e-3 });
      }),
      { numRuns: 5 },
    );
  });

  it('reports its gradient in the logits', () => {
    const space: Space = enumerateSpace(2, 2);
    const target = random(8, space.size);
    const logits = randomStream(9).normals(space.size);
    const at = (moved: Float64Array) => exactObjective(space, softmax(moved), target, loss);
    const shifted = (x: number, h: number) => at(logits.map((value, i) => (i === x ? value + h : value))).value;
    const differences = logits.map((_, x) => (shifted(x, 1e-5) - shifted(x, -1e-5)) / 2e-5);
    expect(at(logits).gradient).toBeCloseToArray(differences, { atol: 1e-8 });
  });
});

describe('gaussLegendre', () => {
  it('integrates polynomials of degree 2n − 1 exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (n, seed) => {
        const { nodes, weights } = gaussLegendre(n);
        const degree = seed % (2 * n);
        const integral = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** degree, 0);
        expect(integral).toBeCloseTo(1 / (degree + 1), 13);
      }),
    );
  });
});
