import { type SamplingFamily, type TimeGridOptions, randomStream, timeGrid } from '@idlm/core-diffusion/sampling';
import { clampPrompt } from './clamps';
import { sample, sampleAll } from './sample';
import type { Denoise, Frame, Network, Sample, SampleRequest, Sampler, SamplerEnvironment } from './sampler';
import { suitableSampler } from './suitable';

/** What `generate` may be told; all of it has a default. */
export interface GenerateOptions extends Pick<SamplerEnvironment, 'timeConditioned' | 'shape' | 'maxLogits'> {
  /** B: how many rows (default 1). */
  readonly batch?: number;
  /** L: tokens of a row (default 64). */
  readonly length?: number;
  /** The same seed gives the same tokens: a non-negative whole number below 2⁵³, or any text (default 0). */
  readonly seed?: number | string;
  /** Tokens that every row begins with; fewer than `length`. */
  readonly prompt?: ArrayLike<number>;
  /** Default: the sampler that suits the family's process, see `suitableSampler`. */
  readonly sampler?: Sampler;
  /** How the steps are spaced (evenly from 1 to 1e-5 by default). */
  readonly grid?: TimeGridOptions;
  /** What messages call the network (default "The network"). */
  readonly network?: string;
  /** Ends the sampling with its reason. */
  readonly signal?: AbortSignal;
}

function requestOf(
  denoise: Denoise | Network,
  family: SamplingFamily,
  steps: number,
  options: GenerateOptions,
): SampleRequest {
  const { batch = 1, length = 64, seed = 0, prompt, sampler, grid, signal, ...others } = options;
  return {
    sampler: sampler ?? suitableSampler(family.process),
    environment: {
      ...others,
      denoise,
      family,
      random: randomStream(seed),
      clamp: prompt && clampPrompt(prompt, batch, length),
    },
    batch,
    length,
    grid: timeGrid(steps, grid),
    signal,
  };
}

/**
 * Generates tokens with a network: `const { tokens, networkCalls } = await generate(denoise, mdlm({ vocabSize, maskId }), 16)`.
 * @param denoise the network: a function to logits [N, V] of the N positions that it is asked for, or an object that has one
 * @param family the kind of diffusion that the network was trained for
 * @param steps how many steps lead from noise to tokens, at least 1
 * @returns tokens [B·L], row after row, and their cost: `networkCalls` that followed one another, and `rowEvaluations`, those of single rows in all;
 * divided by B they are the number of function evaluations (NFE)
 * @throws InputError for options out of range, a sampler that does not work on the family's process, and a network that returns
 * another number of logits or some of which no probability can be made; the signal's reason when aborted
 * @example
 * ```ts
 * import { generate, mdlm } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const { tokens, networkCalls } = await generate(denoise, family, 16, { batch: 2, length: 8, prompt: [7, 4] });
 * console.log(tokens.length, networkCalls <= 17); // → 16 true
 * ```
 */
export const generate = async (
  denoise: Denoise | Network,
  family: SamplingFamily,
  steps: number,
  options: GenerateOptions = {},
): Promise<Sample> => sampleAll(requestOf(denoise, family, steps, options));

/**
 * The same tokens step by step: `for await (const { tokens, t } of generateFrames(denoise, family, 16)) …`. A frame after each
 * step and after the last one; the generator returns what `generate` gives.
 * @throws what `generate` throws
 */
export async function* generateFrames(
  denoise: Denoise | Network,
  family: SamplingFamily,
  steps: number,
  options: GenerateOptions = {},
): AsyncGenerator<Frame, Sample> {
  return yield* sample(requestOf(denoise, family, steps, options));
}
