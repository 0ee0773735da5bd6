import { kullbackLeibler } from '../src/exact/space';
import { enumeratedGradient, enumeratedObjective, sampleLaw } from './enumerated';
import { type ListedProcess, listedMasked, listedUniform } from './listed-process';
import { randomProblem } from './problems';
import { posteriorTable } from './table';

const processes: [string, ListedProcess][] = [
  ['masked', listedMasked(3, 2)],
  ['uniform', listedUniform(3, 2)],
];

describe.each(processes)('the enumerated objective of the %s process', (_, process) => {
  const problem = randomProblem(process);

  it('has the enumerated gradient as its slope, by finite differences', () => {
    const gradient = enumeratedGradient(problem, { nodes: 12 });
    const moved = (i: number, by: number) =>
      enumeratedObjective(
        { ...problem, student: problem.student.map((z, j) => (i === j ? z + by : z)) },
        { nodes: 12 },
      );
    const slopes = problem.student.map((_, i) => (moved(i, 1e-4) - moved(i, -1e-4)) / 2e-4);
    expect(Math.hypot(...gradient)).toBeGreaterThan(0.05);
    expect(gradient).toBeCloseToArray(slopes, { atol: 1e-7 });
  });

  it('has times integrated: twice the nodes change nothing', () => {
    const [some, many] = [60, 120].map((nodes) => enumeratedGradient(problem, { nodes }));
    expect(some!).toBeCloseToArray(many!, { atol: 1e-9 });
  });

  it('is a law over sequences that its student writes', () => {
    const law = sampleLaw(problem);
    expect(law.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    law.forEach((p) => expect(p).toBeGreaterThan(0));
  });
});

it('is KL(p_θ‖p*) for masks where teacher and fake are the best networks of both', () => {
  const process = listedMasked(3, 2);
  const problem = randomProblem(process);
  const best = (law: Float64Array) => posteriorTable(process, law);
  const law = sampleLaw(problem);
  const value = enumeratedObjective({ ...problem, teacher: best(problem.data), fake: best(law) });
  const divergence = kullbackLeibler(law, problem.data);
  // Times begin at 1e-3, and the schedule ends at α = 1e-3.
  expect(Math.abs(value / divergence - 1)).toBeLessThan(5e-3);
});
