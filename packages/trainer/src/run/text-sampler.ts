import type { Denoiser, Family, RandomStream } from '@idlm/core-diffusion';
import { hostDenoiser } from '@idlm/denoiser';
import type { Engine } from '@idlm/engine';
import { type LogitShaper, type Sampler, sampleAll } from '@idlm/samplers';
import type { SampledText } from '../logs/events';
import type { TrainerOptions } from './options';

/** How texts are drawn during a run. */
export interface TextSamplerOptions {
  readonly engine: Engine;
  readonly family: Family;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  readonly shape?: LogitShaper;
  /** Times of the steps, decreasing. */
  readonly grid: ArrayLike<number>;
  /** Texts to draw. */
  readonly count: number;
  /** Index of the first of them among those that several processes draw, which each draw their share (default 0). */
  readonly firstRow?: number;
  /** Texts that are drawn at once (default: all). */
  readonly maxRows?: number;
  /** Tokens per text. */
  readonly length: number;
  /** What each text is given, such as a prompt, [count·L], −1 where it is to be written. */
  readonly clamp?: Int32Array;
  /** The same stream at each step, so that texts of different steps can be compared. */
  readonly random: RandomStream;
  readonly decode: (ids: Int32Array) => string;
}

/** A text, in parts where a prompt that can be seen was given. */
function textOf(tokens: Int32Array, clamp: Int32Array | undefined, decode: (ids: Int32Array) => string): SampledText {
  const text = decode(tokens);
  const prompt = clamp ? decode(tokens.filter((_, i) => clamp[i]! >= 0)) : '';
  return prompt ? { prompt, completion: decode(tokens.filter((_, i) => clamp![i]! < 0)), text } : { text };
}

/** Draws texts from a network, for `TrainerOptions.sample`. */
export function textSampler(options: TextSamplerOptions): NonNullable<TrainerOptions['sample']> {
  const { engine, family, denoiser, sampler, shape, clamp, random, decode } = options;
  const { grid, count, firstRow, maxRows, length } = options;
  return async (parameters, _step, signal) => {
    const { schedule } = family;
    const denoise = hostDenoiser({ denoiser, parameters, schedule, compile: engine.compile });
    try {
      const environment = { denoise, family, timeConditioned: denoiser.timeConditioned, random, shape, clamp };
      const rows = { batch: count, firstRow, maxRows, length };
      const { tokens } = await sampleAll({ sampler, environment, ...rows, grid, signal });
      return Array.from({ length: count }, (_, row) => {
        const [from, to] = [row * length, (row + 1) * length];
        return textOf(tokens.subarray(from, to), clamp?.subarray(from, to), decode);
      });
    } finally {
      denoise.dispose();
    }
  };
}
