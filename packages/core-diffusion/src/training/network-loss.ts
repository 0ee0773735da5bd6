import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Denoiser, DenoiserInput, Parameters } from '../denoiser';
import type { Family } from '../families/family';
import { slotsPerPart } from '../logits-at-once';
import { type CleanTokens, type LazyCleanTokens, hardIds } from '../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../noise/noise';
import { type SlotSource, allSlots, constantSource } from '../tensors/slot-source';
import { checkShape } from '../tensors/check-shape';
import { detach } from '../tensors/detach';
import { inTurn } from '../tensors/in-turn';
import type { Uploaded } from '../tensors/feeds';
import { perSlotOf, requireNoisy } from './family-results';
import { logitsSource, lossesInParts, positionsOfPart } from './loss-in-parts';
import type { DiffusionModel } from './model';

/** How a loss treats its network. */
export interface NetworkLossOptions {
  /**
   * The network is a constant: gradients pass through it only where its input is soft, and elsewhere its calls stay out of
   * the gradient tape.
   */
  readonly frozen?: boolean;
  /** Most logits of one part (default 2²², all at once up to 2²⁵); where they are more, they are computed part by part. */
  readonly logitsOfPart?: number;
}

/** A noisy input as a network reads it: with its whole latent, unless it reads sources. */
function inputFor({ readsSources, vocabSize }: Denoiser, input: DenoiserInput): DenoiserInput {
  if (!('latentSource' in input) || readsSources) return input;
  const latent = allSlots(input.latentSource, slotsPerPart(vocabSize));
  return { latent: tf.reshape(latent, [...input.shape, vocabSize]) };
}

/** Runs a network whose weights may be constants on a noisy input. */
function runOn(
  { denoiser }: Pick<DiffusionModel, 'denoiser'>,
  noisy: NoisyTokens,
  frozen: boolean,
  run: (input: DenoiserInput) => Tensor,
): Tensor {
  const evaluate = () => run(inputFor(denoiser, noisy.input));
  return frozen && 'ids' in noisy.input ? detach(evaluate) : evaluate();
}

/** The network's logits at the positions of the loss, [N, V]. */
export function predictAt(
  { denoiser }: Pick<DiffusionModel, 'denoiser'>,
  parameters: Parameters,
  noisy: NoisyTokens,
  { frozen = false }: NetworkLossOptions = {},
): Tensor {
  return runOn({ denoiser }, noisy, frozen, (input) => {
    const logits = denoiser.apply(parameters, input, noisy.sigma, { positions: noisy.positions });
    checkShape('logits', logits, 'N V', { N: noisy.positions.size, V: denoiser.vocabSize });
    return logits;
  });
}

/** The network's log-probabilities over clean tokens at the positions of the loss, log x_θ, [N, V]. */
export const logProbsAt = (
  model: DiffusionModel,
  parameters: Parameters,
  noisy: NoisyTokens,
  options?: NetworkLossOptions,
): Tensor => model.family.toLogProbs(predictAt(model, parameters, noisy, options), noisy);

/** What the family's loss reads of the network's output, [N, V]. */
export const lossInput = (family: Family, logits: Tensor, noisy: NoisyTokens): Tensor =>
  family.parameterize ? family.parameterize(logits, noisy) : family.toLogProbs(logits, noisy);

/** The loss of one noise at each slot, [N]. */
type LossAt = (output: Tensor, clean: CleanTokens, noisy: NoisyTokens, noise: Uploaded<NoiseFeeds>) => Tensor;

/** The last hidden state at the positions of the loss, [N, H], of a network that has one. */
export const hiddenAt = (
  { denoiser }: Pick<DiffusionModel, 'denoiser'>,
  parameters: Parameters,
  noisy: NoisyTokens,
  { frozen = false }: NetworkLossOptions = {},
): Tensor =>
  runOn({ denoiser }, noisy, frozen, (input) => denoiser.hidden!(parameters, input, noisy.sigma, noisy.positions));

type LatentSource = Extract<DenoiserInput, { readonly latentSource: SlotSource }>;

/** A noisy input whose latents are computed from another tensor [N, …] in place of the first. */
function withFirst(noisy: NoisyTokens, input: LatentSource, first: Tensor): NoisyTokens {
  const { latentSource: source } = input;
  return { ...noisy, input: { ...input, latentSource: { ...source, perSlot: [first, ...source.perSlot.slice(1)] } } };
}

/**
 * Sources of some networks' logits at the positions of the loss. Where gradients pass through what all of them read, one network is at
 * work at a time.
 */
function logitsOf(
  model: DiffusionModel,
  networks: readonly Parameters[],
  noisy: NoisyTokens,
  isSoft: boolean,
  frozen: boolean,
): SlotSource[] {
  const { input } = noisy;
  const shared = networks.length > 1 && 'latentSource' in input ? input.latentSource.perSlot[0] : undefined;
  const hidden = shared
    ? inTurn(networks, shared, (own, parameters) =>
        hiddenAt(model, parameters, withFirst(noisy, input as LatentSource, own), { frozen }),
      )
    : networks.map((parameters) => hiddenAt(model, parameters, noisy, { frozen }));
  const logits = networks.map((parameters, i) => logitsSource(model, parameters, hidden[i]!, frozen));
  // Something has to have a gradient.
  return frozen && 'ids' in input && isSoft ? logits.map(constantSource) : logits;
}

/** Clean tokens under a noise: rows that are computed when they are asked for are read by families that know how. */
function corrupted<Noise extends NoiseFeeds>(
  family: Family<Noise>,
  clean: CleanTokens | LazyCleanTokens,
  noise: Uploaded<Noise>,
): NoisyTokens {
  if (!isLazy(clean)) return requireNoisy(family, family.corrupt(clean, noise));
  return family.corruptRows?.(clean, noise) ?? family.corrupt({ ids: hardIds(clean) }, noise);
}

const isLazy = (clean: CleanTokens | LazyCleanTokens): clean is LazyCleanTokens =>
  clean.soft !== undefined && 'source' in clean.soft;

/**
 * The training losses of some networks at each slot, weighted, [N] each; 0 at padding. One call of each network, or two where the
 * family has a reconstruction term. Where logits are many, they are computed for some slots at a time, and again for the gradient.
 * @param networks the parameters of each
 * @param clean hard tokens, or a student's rows of the simplex
 * @param noise the family's, by which they are noised
 */
export function networkLosses<Noise extends NoiseFeeds>(
  model: DiffusionModel<Noise>,
  networks: readonly Parameters[],
  clean: CleanTokens | LazyCleanTokens,
  noise: Uploaded<Noise>,
  options: NetworkLossOptions = {},
): Tensor[] {
  const { family } = model;
  const [slots, frozen] = [noise.positions.size, options.frozen ?? false];
  const most = positionsOfPart(model, slots, options.logitsOfPart) ?? (isLazy(clean) ? slots : undefined);
  const evaluate = (noisy: NoisyTokens, loss: LossAt): Tensor[] => {
    if (most === undefined)
      return networks.map((parameters) => {
        const output = lossInput(family, predictAt(model, parameters, noisy, options), noisy);
        return loss(output, clean as CleanTokens, noisy, noise);
      });
    const isSoft = clean.soft !== undefined;
    const logits = logitsOf(model, networks, noisy, isSoft, frozen);
    return lossesInParts(model, logits, clean, { noisy, noise, most }, (own, given) =>
      loss(lossInput(family, own, given.noisy), given.clean, given.noisy, given.noise),
    );
  };
  const { reconstruction } = family;
  const diffusion = evaluate(corrupted(family, clean, noise), (output, x, noisy, fed) =>
    perSlotOf(family, family.loss(output, x, noisy, fed as Uploaded<Noise>), noisy),
  );
  if (!reconstruction) return diffusion;
  const whole = isLazy(clean) ? { ids: hardIds(clean) } : clean;
  const terms = evaluate(reconstruction.input(whole, noise), (output, x, noisy, fed) =>
    reconstruction.loss(output, x, noisy, fed as Uploaded<Noise>),
  );
  return diffusion.map((own, i) => tf.add(own, terms[i]!));
}

/** `networkLosses` of one network, [N]. */
export const networkLoss = <Noise extends NoiseFeeds>(
  model: DiffusionModel<Noise>,
  parameters: Parameters,
  clean: CleanTokens | LazyCleanTokens,
  noise: Uploaded<Noise>,
  options?: NetworkLossOptions,
): Tensor => networkLosses(model, [parameters], clean, noise, options)[0]!;
