import type { RandomStream, Spec } from '@idlm/core-diffusion/sampling';

/** What an order knows of the call that it chooses in. */
export interface OrderStep {
  /** Masked positions to write at this call for the row to have as few as the grid says, at least 1. */
  readonly due: number;
  /** Time that the grid's step leads to. */
  readonly t: number;
  readonly random: RandomStream;
}

/**
 * In which order the masked positions of a row are written: which of them at one call of the network. What is written there is no
 * matter of the order: `sampleInOrder` draws it from x_θ.
 */
export interface UnmaskingOrder {
  /** Name and options, which the sampler has too. */
  readonly spec: Spec;
  /**
   * How ready a masked position is to be written.
   * @param probabilities x_θ there as the network gives it, [V], before any shaper
   * @param token what is drawn there, by the shaped x_θ
   */
  readiness(probabilities: Float64Array, token: number): number;
  /**
   * Which positions are written at this call, by their indices among the masked ones: at least one, each once, in the order in
   * which their tokens are drawn. `due` of them follow the grid; more or fewer make the number of calls adaptive.
   * @param readiness of each masked position
   */
  choose(readiness: Float64Array, step: OrderStep): readonly number[];
}
