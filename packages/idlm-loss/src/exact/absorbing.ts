import { InputError } from '@idlm/core-diffusion';

/** All sequences of L tokens out of V, enumerated: state x has the digits of its index in base V, position 0 first. */
export interface Space {
  readonly vocabSize: number;
  readonly length: number;
  /** V^L. */
  readonly size: number;
  /** Tokens of every state, [size · L]. */
  readonly tokens: Uint8Array;
}

/** Largest space that is enumerated. */
export const MAX_STATES = 10_000;

/**
 * Enumerates V^L sequences.
 * @throws InputError if there are more than 10⁴ of them
 */
export function enumerateSpace(vocabSize: number, length: number): Space {
  const size = vocabSize ** length;
  if (!(Number.isInteger(size) && vocabSize >= 2 && length >= 1 && size <= MAX_STATES)) {
    throw new InputError(
      `An exact space has at most ${MAX_STATES} states, at least 2 tokens and 1 position; V = ${vocabSize}, L = ${length} was given.`,
    );
  }
  const tokens = Uint8Array.from(
    { length: size * length },
    (_, i) => Math.floor(Math.floor(i / length) / vocabSize ** (length - 1 - (i % length))) % vocabSize,
  );
  return { vocabSize, length, size, tokens };
}

/** ln Σ_v over the masked tokens of p, for every context of a mask: [size], by any state that has the context. */
function contextSums({ vocabSize, length, size, tokens }: Space, p: Float64Array, hidden: number): Float64Array {
  const sums = new Float64Array(size);
  const keys = new Int32Array(size);
  for (let x = 0; x < size; x++) {
    let key = 0;
    for (let l = 0; l < length; l++) key = key * vocabSize + (hidden & (1 << l) ? 0 : tokens[x * length + l]!);
    keys[x] = key;
    sums[key]! += p[x]!;
  }
  return Float64Array.from(keys, (key) => sums[key]!);
}

/** ∫ α′-weight over t of P(exactly these m of L tokens are masked) = (m − 1)! (L − m)! / L!. */
export function maskWeight(masked: number, length: number): number {
  let weight = 1 / masked;
  for (let k = 1; k <= masked; k++) weight *= k / (length - masked + k);
  return weight;
}

const bits = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

/**
 * −∫ w(t) E Σ ln f(x_l | context) for each state x under the exact posterior of p as the denoiser f, [size]: the expected
 * diffusion loss that each clean sequence has under the optimal network of p.
 * @param p strictly positive, sums to 1, [size]
 */
export function pathLoss(space: Space, p: Float64Array): Float64Array {
  const { length, size } = space;
  const out = new Float64Array(size);
  const sums = Array.from({ length: 1 << length }, (_, hidden) => contextSums(space, p, hidden));
  for (let hidden = 1; hidden < 1 << length; hidden++) {
    const weight = maskWeight(bits(hidden), length);
    for (let l = 0; l < length; l++) {
      if (!(hidden & (1 << l))) continue;
      // p(x_l | context) = p(context, x_l) / p(context); showing x_l takes it out of the mask.
      const [joint, context] = [sums[hidden & ~(1 << l)]!, sums[hidden]!];
      for (let x = 0; x < size; x++) out[x]! -= weight * Math.log(joint[x]! / context[x]!);
    }
  }
  return out;
}

/** KL(p ‖ q) = Σ p ln(p/q). */
export const kullbackLeibler = (p: Float64Array, q: Float64Array): number =>
  p.reduce((sum, value, x) => (value > 0 ? sum + value * Math.log(value / q[x]!) : sum), 0);

function checkDistribution(space: Space, p: Float64Array, what: string): void {
  const total = p.reduce((a, b) => a + b, 0);
  if (p.length !== space.size || !p.every((value) => value > 0) || Math.abs(total - 1) > 1e-9) {
    throw new InputError(
      `${what} must be ${space.size} positive probabilities that sum to 1; ${p.length} with sum ${total} were given.`,
    );
  }
}

/** The exact objective at p_θ, and its gradient in the logits of a softmax table. */
export interface ExactObjective {
  /** L_IDLM(θ) = L(teacher; p_θ) − min_f L(f; p_θ). */
  readonly value: number;
  /** ∂L/∂θ_x for p_θ = softmax(θ), [size]. */
  readonly gradient: Float64Array;
}

/**
 * L_IDLM of the absorbing process, exactly: enumeration over clean sequences and masks, the integral over t in closed
 * form, the minimum over f at its known minimiser, the posterior of p_θ. By the envelope theorem the gradient does not
 * pass through the minimiser.
 * @param student p_θ [size], positive
 * @param target p*, whose posterior is the teacher, [size], positive
 * @throws InputError if one is no positive distribution over the space
 */
export function exactObjective(space: Space, student: Float64Array, target: Float64Array): ExactObjective {
  checkDistribution(space, student, 'The student distribution');
  checkDistribution(space, target, 'The target distribution');
  const [teacher, best] = [pathLoss(space, target), pathLoss(space, student)];
  const value = student.reduce((sum, p, x) => sum + p * (teacher[x]! - best[x]!), 0);
  const gradient = student.map((p, x) => p * (teacher[x]! - best[x]! - value));
  return { value, gradient };
}

/** softmax of logits. */
export function softmax(logits: Float64Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logits.map((value) => Math.exp(value - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((value) => value / total);
}

/** One moment of the exact descent. */
export interface DescentStep {
  readonly step: number;
  readonly objective: number;
  /** KL(p_θ ‖ p*). */
  readonly divergence: number;
}

/**
 * Gradient descent on the exact objective from given logits; shows that its only minimum is p*.
 * @param rate step size; the natural-gradient factor 1/p is applied, so that small probabilities move too
 */
export function descend(
  space: Space,
  start: Float64Array,
  target: Float64Array,
  steps: number,
  rate: number,
): { readonly path: DescentStep[]; readonly student: Float64Array } {
  let logits = start;
  const path: DescentStep[] = [];
  for (let step = 0; step <= steps; step++) {
    const student = softmax(logits);
    const { value, gradient } = exactObjective(space, student, target);
    path.push({ step, objective: value, divergence: kullbackLeibler(student, target) });
    logits = logits.map((logit, x) => logit - (rate * gradient[x]!) / student[x]!);
  }
  return { path, student: softmax(logits) };
}
