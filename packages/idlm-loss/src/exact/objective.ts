import { pathLoss } from './absorbing';
import { type Space, checkDistribution, kullbackLeibler, softmax } from './space';

/**
 * The expected diffusion loss that each clean sequence has under the optimal network of a distribution p, [size]: the loss
 * of any distribution q under that network is Σ_x q(x) · pathLoss(p)(x).
 */
export type PathLoss = (space: Space, p: Float64Array) => Float64Array;

/** The exact objective at p_θ, and its gradient in the logits of a softmax table. */
export interface ExactObjective {
  /** L_IDLM(θ) = L(teacher; p_θ) − min_f L(f; p_θ). */
  readonly value: number;
  /** ∂L/∂θ_x for p_θ = softmax(θ), [size]. */
  readonly gradient: Float64Array;
}

/**
 * L_IDLM, exactly: enumeration over clean sequences and their corruptions, the integral over t in closed form or by
 * quadrature, the minimum over f at its known minimiser. By the envelope theorem the gradient does not pass through it.
 * @param student p_θ [size], positive
 * @param target p*, whose optimal network is the teacher, [size], positive
 * @param loss of the process (default: absorbing)
 * @throws InputError if one is no positive distribution over the space
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { enumerateSpace, exactObjective, kullbackLeibler, softmax } from '@idlm/idlm-loss/exact';
 *
 * const space = enumerateSpace(2, 3);
 * const [student, target] = [1, 2].map((seed) => softmax(randomStream(seed).normals(space.size))) as [Float64Array, Float64Array];
 * const { value } = exactObjective(space, student, target);
 * console.log(Math.abs(value - kullbackLeibler(student, target)) < 1e-12); // → true
 * ```
 */
export function exactObjective(
  space: Space,
  student: Float64Array,
  target: Float64Array,
  loss: PathLoss = pathLoss,
): ExactObjective {
  checkDistribution(space, target, 'The target distribution');
  return objectiveUnder(loss(space, target), space, student, loss);
}

/** The objective, given the loss of each clean sequence under the teacher, [size]. */
function objectiveUnder(teacher: Float64Array, space: Space, student: Float64Array, loss: PathLoss): ExactObjective {
  checkDistribution(space, student, 'The student distribution');
  const best = loss(space, student);
  const value = student.reduce((sum, p, x) => sum + p * (teacher[x]! - best[x]!), 0);
  const gradient = student.map((p, x) => p * (teacher[x]! - best[x]! - value));
  return { value, gradient };
}

/** One moment of the exact descent. */
export interface DescentStep {
  readonly step: number;
  readonly objective: number;
  /** KL(p_θ ‖ p*). */
  readonly divergence: number;
}

/** How `descend` goes. */
export interface DescentOptions {
  readonly steps: number;
  /** Step size; the natural-gradient factor 1/p is applied, so that small probabilities move too. */
  readonly rate: number;
  /** Loss of the process (default: absorbing). */
  readonly loss?: PathLoss;
}

/**
 * Gradient descent on the exact objective from given logits; shows that its only minimum is p*.
 * @throws InputError if the target is no positive distribution over the space
 */
export function descend(
  space: Space,
  start: Float64Array,
  target: Float64Array,
  { steps, rate, loss = pathLoss }: DescentOptions,
): { readonly path: DescentStep[]; readonly student: Float64Array } {
  checkDistribution(space, target, 'The target distribution');
  const teacher = loss(space, target);
  let logits = start;
  const path: DescentStep[] = [];
  for (let step = 0; step <= steps; step++) {
    const student = softmax(logits);
    const { value, gradient } = objectiveUnder(teacher, space, student, loss);
    path.push({ step, objective: value, divergence: kullbackLeibler(student, target) });
    logits = logits.map((logit, x) => logit - (rate * gradient[x]!) / student[x]!);
  }
  return { path, student: softmax(logits) };
}
