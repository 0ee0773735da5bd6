import { resolve } from 'node:path';
import { isInputError, logLinear, randomStream } from '@idlm/core-diffusion';
import { type HostDenoiser, denoisers, hostDenoiser, textLength } from '@idlm/denoiser';
import { type ModelDescription, readWeights } from '@idlm/denoiser/node';
import { type EngineName, openEngine } from '@idlm/engine';
import { type Agreement, type OnnxWeights, compareNetworks } from '@idlm/onnx';
import { openOnnxSession } from '@idlm/onnx/node';
import { onnxDenoiser } from '@idlm/onnx/runtime';
import { type SampleAgreement, compareSamples } from '@idlm/recipe/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import { figure } from '../sentences/figures';
import { type WrittenModel, readFitted } from './written-model';
import { readLoadedConfig, wholeNumber } from './shared';

/** Largest difference of logits, as a share of the largest, that counts as equal where weights are not rounded. */
const EQUAL = 1e-4;

/** Samples by which rounded weights are judged. */
const SAMPLES = '64';

/** What a file is checked against. */
export interface CheckOptions {
  /** Of the model, and what it is. */
  readonly path: string;
  readonly model: ModelDescription;
  readonly weights: OnnxWeights;
  readonly engine: EngineName | 'auto';
  readonly samples?: string;
  readonly family?: string;
  readonly import: readonly string[];
}

/** How near a file's network is to the model's own on the engine. */
export interface Checked {
  readonly agreement: Agreement;
  /** Of rounded weights: what samples say; absent for a model that writes from left to right. */
  readonly judged?: SampleAgreement & { readonly steps: number };
  /** Why samples were not judged, in a sentence: a model without its tokenizer cannot be sampled. */
  readonly unjudged?: string;
}

/** The model as it is sampled, or why it cannot be. */
async function sampledModel({ path, family, import: imports }: CheckOptions): Promise<WrittenModel | string> {
  const flags =
    family === undefined ? [] : [{ path: ['family'], value: { name: family, options: {} }, origin: '--family' }];
  try {
    return await readFitted(path, await readLoadedConfig({ set: [], import: imports }, flags));
  } catch (error) {
    if (isInputError(error)) return error.message;
    throw error;
  }
}

/** What samples of both networks say, drawn as the model's folder recommends. */
async function judgeSamples(
  { config, diffusion, model }: WrittenModel,
  {
    own,
    other,
    count,
  }: { readonly own: HostDenoiser; readonly other: HostDenoiser['denoise']; readonly count: number },
): Promise<Checked['judged']> {
  if (!diffusion) return undefined;
  const { length, rowStart, timeConditioned } = model.network.config;
  const how = { ...diffusion, length, rowStart, timeConditioned, samples: count, random: randomStream('export') };
  return { ...(await compareSamples({ ...how, own, other })), steps: config.sampling.steps };
}

/**
 * Compares the network of a file with the model's own on the engine, and where weights are rounded their samples too.
 * @param file an ONNX file
 */
export async function checkFile(file: string, options: CheckOptions): Promise<Checked> {
  const { path, model, weights } = options;
  const { network } = model;
  const count = wholeNumber('--samples', options.samples ?? SAMPLES, 2);
  const found = weights === 'f32' ? undefined : await sampledModel(options);
  const [sampled, unjudged] = typeof found === 'string' ? [undefined, found] : [found, undefined];
  const { compile } = await openEngine({ prefer: options.engine });
  // Any will do where networks alone are compared, at noise levels and not at what they stand for.
  const schedule = sampled?.diffusion?.family.schedule ?? logLinear();
  const session = openOnnxSession(resolve(file));
  try {
    const { denoise } = onnxDenoiser({ session, schedule });
    const { parameters } = await readWeights(path, network);
    const own = hostDenoiser({ denoiser: denoisers.create(network), parameters, schedule, compile });
    try {
      const { vocabSize } = network.config;
      const agreement = await compareNetworks(own.denoise, denoise, { vocabSize, length: textLength(network.config) });
      // Of logits that are no numbers nothing can be drawn.
      const isSampled = sampled && Number.isFinite(agreement.largest);
      const judged = isSampled ? await judgeSamples(sampled, { own, other: denoise, count }) : undefined;
      return { agreement, ...(judged ? { judged } : {}), ...(unjudged === undefined ? {} : { unjudged }) };
    } finally {
      own.dispose();
      tf.dispose(parameters);
    }
  } finally {
    session.dispose();
  }
}

const describeAgreement = ({ positions, largest, divergence, greedy }: Agreement): string =>
  `Of ${positions} positions: logits differ by ${largest.toExponential(1)} of the largest at the most, KL ${divergence.mean.toExponential(1)} nats on average and ${divergence.worst.toExponential(1)} at the worst, and ${(100 * greedy).toFixed(2)} % have the same likeliest token.`;

/** What samples say, with what their count can tell. */
function describeJudged({
  samples,
  steps,
  perplexity,
  ratio,
  entropy,
  entropyLost,
}: NonNullable<Checked['judged']>): string {
  const { interval, smallestGap } = ratio;
  const range =
    interval && smallestGap !== undefined
      ? ` (95 %: ${interval.map((end) => end.toFixed(3)).join(' – ')}; ${samples} samples show differences of ${(100 * smallestGap).toFixed(1)} % or more)`
      : '';
  return `Of ${samples} samples at ${steps} steps with the same noise: perplexity ${figure(perplexity.other)} against the engine's ${figure(perplexity.own)} under n-grams of other samples of the engine, ${ratio.ratio.toFixed(3)} ×${range}; entropy ${entropy.other.toFixed(3)} against ${entropy.own.toFixed(3)} nats, ${entropyLost.nats.toFixed(3)} ± ${entropyLost.error.toFixed(3)} lost.`;
}

/** What was found, in sentences. */
export const describeCheck = ({ agreement, judged, unjudged }: Checked): string[] => [
  describeAgreement(agreement),
  ...(judged ? [describeJudged(judged)] : []),
  ...(unjudged === undefined ? [] : [`Its samples were not judged: ${unjudged}`]),
];

/** @throws Error for a file whose logits are no numbers or, where its weights are not rounded, are not those of the model */
export function requireAgreement(file: string, { largest }: Agreement, weights: OnnxWeights): void {
  // Not `>`: a difference that is no number is none that is small.
  if (largest <= (weights === 'f32' ? EQUAL : Number.MAX_VALUE)) return;
  throw new Error(`the logits of ${file} would not be the model's, so it was not written`);
}
