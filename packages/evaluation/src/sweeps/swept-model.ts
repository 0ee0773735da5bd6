import { type RandomStream, type TimeGridOptions, timeGrid } from '@idlm/core-diffusion';
import {
  type AutoregressiveEnvironment,
  type LogitShaper,
  type Sample,
  type Sampler,
  type SamplerEnvironment,
  sampleAll,
  sampleAllAutoregressive,
  suitableSampler,
} from '@idlm/samplers';

/** What a cell of a sweep asks of a model. */
export interface DrawRequest {
  /** One of the model's steps. */
  readonly steps: number;
  readonly batch: number;
  /** Index of the first row among all that are drawn (default 0). */
  readonly firstRow?: number;
  readonly length: number;
  /** The same in all cells. */
  readonly random: RandomStream;
  readonly shape?: LogitShaper;
  /** What every row is given, [B·L], −1 where it is to be written. */
  readonly clamp?: Int32Array;
  /** Rows that are sampled at once (default: all). */
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
}

/** A model in a sweep. How it writes is its own affair, so that models of any kind stand in one table. */
export interface SweptModel {
  /** Such as `teacher` and `student`. */
  readonly name: string;
  /** Steps to try. */
  readonly steps: readonly number[];
  draw(request: DrawRequest): Promise<Sample>;
  /** Where its sampler changes the law: the same model by one that does not, by the sampler's name. */
  readonly reference?: { readonly sampler: string; draw(request: DrawRequest): Promise<Sample> };
}

/** What a diffusion model in a sweep is made of. */
export interface DiffusionModelOptions extends Pick<SamplerEnvironment, 'denoise' | 'family' | 'timeConditioned'> {
  readonly name: string;
  readonly sampler: Sampler;
  /** Steps to try, each on a grid of its own. */
  readonly steps: readonly number[];
  /** How the steps are spaced in time (default uniformly). */
  readonly grid?: TimeGridOptions;
}

/** A diffusion model as a sweep sees it. */
export function diffusionModel({ name, steps, sampler, grid, ...model }: DiffusionModelOptions): SweptModel {
  const drawWith =
    (used: Sampler): SweptModel['draw'] =>
    ({ steps: count, random, shape, clamp, ...request }) =>
      sampleAll({
        ...request,
        sampler: used,
        environment: { ...model, network: `The ${name}`, random, shape, clamp },
        grid: timeGrid(count, grid),
      });
  const drawn = { name, steps, draw: drawWith(sampler) };
  if (!sampler.changesLaw) return drawn;
  const lawful = suitableSampler(model.family.process);
  return { ...drawn, reference: { sampler: lawful.spec.name, draw: drawWith(lawful) } };
}

/** What an autoregressive model in a sweep is made of. */
export interface AutoregressiveModelOptions extends Pick<AutoregressiveEnvironment, 'denoise' | 'first' | 'maskId'> {
  readonly name: string;
  /** L: tokens of a sample, and its steps. */
  readonly length: number;
}

/** An autoregressive model as a sweep sees it: always at L steps. */
export const autoregressiveModel = ({ name, length, ...model }: AutoregressiveModelOptions): SweptModel => ({
  name,
  steps: [length],
  draw: ({ steps: _, random, shape, clamp, ...request }) =>
    sampleAllAutoregressive({ ...request, environment: { ...model, network: `The ${name}`, random, shape, clamp } }),
});
