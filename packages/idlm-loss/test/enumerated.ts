import type { NoiseSchedule } from '@idlm/core-diffusion';
import { gaussLegendre } from '../src/exact/quadrature';
import { type ListedProcess, product, tokenAt } from './listed-process';
import { predicted, rowIndex, tableSize } from './table';

/** Times drawn evenly over [samplingEps, 1], as nodes with the process's levels. */
function levels(schedule: NoiseSchedule, samplingEps: number, nodes: number) {
  const rule = gaussLegendre(nodes);
  return Array.from(rule.nodes, (node, i) => {
    const t = samplingEps + (1 - samplingEps) * node;
    return { weight: rule.weights[i]!, alpha: schedule.alpha(t), dAlpha: schedule.dAlpha(t) };
  });
}

/** Three networks as tables, and the law of the data, [V^L]. */
export interface ListedProblem {
  readonly process: ListedProcess;
  readonly data: Float64Array;
  readonly student: Float64Array;
  readonly teacher: Float64Array;
  readonly fake: Float64Array;
}

/** How exactly times are integrated. */
export interface TimeRule {
  /** Smallest time (default 1e-3, as in training). */
  readonly samplingEps?: number;
  /** Nodes (default 60; what is integrated is a polynomial for masks, smooth otherwise). */
  readonly nodes?: number;
}

/** P(z | x) Π_l over all positions. */
const transitionOf = (process: ListedProcess, x: number, z: number, alpha: number): number =>
  product(process.clean, (l) => process.transition(tokenAt(process.clean, x, l), tokenAt(process.noisy, z, l), alpha));

/** P(y): how often the student sees each noisy state, [noisy states]. */
function inputLaw(
  process: ListedProcess,
  data: Float64Array,
  { samplingEps = 1e-3, nodes = 60 }: TimeRule = {},
): Float64Array {
  const out = new Float64Array(process.noisy.size);
  for (const { weight, alpha } of levels(process.family.schedule, samplingEps, nodes))
    data.forEach((p, x) => out.forEach((_, z) => (out[z]! += weight * p * transitionOf(process, x, z, alpha))));
  return out;
}

/** P(x | y) of the student for every clean sequence, [V^L]: written tokens independent, the others as they are. */
function outputLaw(process: ListedProcess, student: Float64Array, y: number): Float64Array {
  const { clean, noisy } = process;
  const rows = Array.from({ length: clean.length }, (_, l) => predicted(process, student, rowIndex(process, y, l)));
  return Float64Array.from({ length: clean.size }, (_, x) =>
    product(clean, (l) => {
      const [token, seen] = [tokenAt(clean, x, l), tokenAt(noisy, y, l)];
      return process.isWritten(seen) ? rows[l]![token]! : Number(token === seen);
    }),
  );
}

/** The law of the student's samples, [V^L]. */
export function sampleLaw({ process, data, student }: ListedProblem, times?: TimeRule): Float64Array {
  const out = new Float64Array(process.clean.size);
  inputLaw(process, data, times).forEach((chance, y) => {
    if (chance > 0) outputLaw(process, student, y).forEach((p, x) => (out[x]! += chance * p));
  });
  return out;
}

/** E_t E_z [D(teacher) − D(fake)] of every clean sequence, [V^L]. */
function rewards(problem: ListedProblem, { samplingEps = 1e-3, nodes = 60 }: TimeRule): Float64Array {
  const { process, teacher, fake } = problem;
  const { clean, noisy } = process;
  const tables = [teacher, fake].map((logits) =>
    Array.from({ length: noisy.size * noisy.length }, (_, row) => predicted(process, logits, row)),
  );
  const out = new Float64Array(clean.size);
  for (const { weight, alpha, dAlpha } of levels(process.family.schedule, samplingEps, nodes))
    for (let x = 0; x < clean.size; x++)
      for (let z = 0; z < noisy.size; z++) {
        const chance = transitionOf(process, x, z, alpha);
        if (chance === 0) continue;
        for (let l = 0; l < clean.length; l++) {
          const [ofTeacher, ofFake] = tables.map((rows) =>
            process.loss(rows[rowIndex(process, z, l)]!, tokenAt(clean, x, l), tokenAt(noisy, z, l), alpha, dAlpha),
          ) as [number, number];
          out[x]! += weight * chance * (ofTeacher - ofFake);
        }
      }
  return out;
}

/** E_y E_{x ~ p_θ(·|y)} E_t E_z [D(teacher) − D(fake)], the objective that students descend on: a sum over everything. */
export function enumeratedObjective(problem: ListedProblem, times: TimeRule = {}): number {
  const reward = rewards(problem, times);
  return sampleLaw(problem, times).reduce((sum, p, x) => sum + p * reward[x]!, 0);
}

/**
 * The gradient of `enumeratedObjective` in the student's table, fake fixed: every sum enumerated, times by quadrature.
 * [noisy states · L · V (+ mask)].
 */
export function enumeratedGradient(problem: ListedProblem, times: TimeRule = {}): Float64Array {
  const { process, data, student } = problem;
  const { clean, noisy } = process;
  const reward = rewards(problem, times);
  const out = new Float64Array(tableSize(process));
  inputLaw(process, data, times).forEach((chance, y) => {
    if (chance === 0) return;
    const law = outputLaw(process, student, y);
    const mean = law.reduce((sum, p, x) => sum + p * reward[x]!, 0);
    for (let l = 0; l < clean.length; l++) {
      if (!process.isWritten(tokenAt(noisy, y, l))) continue;
      const start = rowIndex(process, y, l) * noisy.vocabSize;
      law.forEach((p, x) => (out[start + tokenAt(clean, x, l)]! += chance * p * reward[x]!));
      predicted(process, student, rowIndex(process, y, l)).forEach((p, v) => (out[start + v]! -= chance * p * mean));
    }
  });
  return out;
}
