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
 * @example
 * ```ts
 * import { enumerateSpace } from '@idlm/idlm-loss/exact';
 *
 * const { size, tokens } = enumerateSpace(2, 2);
 * console.log(size, tokens.join('')); // → 4 00011011
 * ```
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

/** How far apart two states are whose tokens differ by one at a position. */
export const strideOf = ({ vocabSize, length }: Space, position: number): number =>
  vocabSize ** (length - 1 - position);

/** KL(p ‖ q) = Σ p ln(p/q). */
export const kullbackLeibler = (p: Float64Array, q: Float64Array): number =>
  p.reduce((sum, value, x) => (value > 0 ? sum + value * Math.log(value / q[x]!) : sum), 0);

/** softmax of logits. */
export function softmax(logits: Float64Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logits.map((value) => Math.exp(value - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((value) => value / total);
}

/** @throws InputError unless p is a positive distribution over the space */
export function checkDistribution(space: Space, p: Float64Array, what: string): void {
  const total = p.reduce((a, b) => a + b, 0);
  if (p.length !== space.size || !p.every((value) => value > 0) || Math.abs(total - 1) > 1e-9) {
    throw new InputError(
      `${what} must be ${space.size} positive probabilities that sum to 1; ${p.length} with sum ${total} were given.`,
    );
  }
}
