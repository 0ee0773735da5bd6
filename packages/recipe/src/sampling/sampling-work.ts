import { type NetworkDescription, countAtOnce } from '@idlm/core-diffusion';
import { parameterCount } from '@idlm/denoiser';
import { rowsPerCall } from '@idlm/denoiser/requests';
import type { Sampler } from '@idlm/samplers';
import type { SamplingLoad } from './denoisers';

/** Texts of one model. */
export interface SampledTexts {
  readonly network: NetworkDescription;
  /** How noise becomes text; undefined for a model that writes from left to right. */
  readonly sampler: Sampler | undefined;
  readonly count: number;
  /** Tokens of each. */
  readonly length: number;
  readonly steps: number;
  /** Texts that are sampled at once. */
  readonly batch: number;
  /** Most rows of a call (default: as many as `rowsPerCall` says). */
  readonly maxRows?: number;
  /** Tokens that are written at a time; null where a text is written at once. */
  readonly block: number | null;
}

/** What a network does for texts, at most. */
export interface SamplingWork {
  /** Rows of the largest call. */
  readonly rows: number;
  /** Positions of a row whose logits such a call makes. */
  readonly positions: number;
  /** Calls of the network. */
  readonly calls: number;
  /** Network evaluations of single rows (NFE), of one text. */
  readonly evaluationsPerText: number;
  /** The same of all texts. */
  readonly evaluations: number;
}

/** Evaluations of one row that is written at once, and its positions at each. */
function ofRow({ sampler, steps }: SampledTexts, length: number): { evaluations: number; positions: number } {
  if (!sampler) return { evaluations: length, positions: 1 };
  // It asks for what it unmasks alone, an even share of the tokens at each step, and nothing is left at the end.
  if (sampler.spec.name === 'ancestral-cached')
    return { evaluations: Math.min(steps, length), positions: Math.ceil(length / steps) };
  const { last } = (sampler.spec.options ?? {}) as { readonly last?: string };
  return { evaluations: steps + (last === undefined || last === 'none' ? 0 : 1), positions: length };
}

/** What a network does for texts, from sizes alone; at most so much, since rows end early and samplers pass over steps. */
export function samplingWork(texts: SampledTexts): SamplingWork {
  const { network, count, length, batch, block, maxRows = rowsPerCall(length, parameterCount(network)) } = texts;
  const written = block === null ? length : Math.min(block, length);
  const { evaluations, positions } = ofRow(texts, written);
  const most = countAtOnce(positions * network.config.vocabSize);
  const rows = Math.min(count, batch, maxRows, 2 ** Math.floor(Math.log2(most)));
  const evaluationsPerText = evaluations * Math.ceil(length / written);
  return {
    ...{ rows, positions, evaluationsPerText },
    calls: Math.ceil(count / rows) * evaluationsPerText,
    evaluations: count * evaluationsPerText,
  };
}

/** How much texts of some models are together. */
export function samplingLoad(
  texts: readonly Pick<SampledTexts, 'network' | 'count' | 'length' | 'steps' | 'batch'>[],
): SamplingLoad {
  return {
    rows: Math.max(...texts.map(({ batch }) => batch)),
    multiplications: texts.reduce(
      (sum, { network, count, length, steps }) => sum + parameterCount(network) * count * length * steps,
      0,
    ),
  };
}
