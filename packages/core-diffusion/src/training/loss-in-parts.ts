import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Parameters } from '../denoiser';
import { FEW_LOGITS, slotsPerPart } from '../logits-at-once';
import type { CleanTokens, LazyCleanTokens } from '../noise/clean-tokens';
import { existingSlots, hasSlot } from '../noise/clean-tokens';
import type { NoiseFeeds, NoisyTokens } from '../noise/noise';
import { type SlotSource, givenSlots, joined, slotsAt } from '../tensors/slot-source';
import type { Uploaded } from '../tensors/feeds';
import { type Part, type SlotInputs, inParts } from '../tensors/in-parts';
import { structureOf, pack, unpack } from '../tensors/named';
import { tokensAt } from '../tensors/rows';
import type { DiffusionModel } from './model';

const none: SlotInputs = { perSlot: [], shared: [], constantPerSlot: [], constants: [] };

/** Positions of one part, if their logits should be computed part by part: where they are many, and network and family can. */
export function positionsOfPart(
  { family, denoiser }: DiffusionModel,
  positions: number,
  logitsOfPart?: number,
): number | undefined {
  if (!family.perSlot || !denoiser.hidden || !denoiser.head) return undefined;
  const most = logitsOfPart ?? FEW_LOGITS;
  return positions * denoiser.vocabSize > most ? slotsPerPart(denoiser.vocabSize, logitsOfPart) : undefined;
}

/** Logits of hidden states [N, H], row by row. @param frozen the head's weights are constants */
export function logitsSource(
  { denoiser }: Pick<DiffusionModel, 'denoiser'>,
  parameters: Parameters,
  hidden: Tensor,
  frozen: boolean,
): SlotSource {
  const { weights, apply } = denoiser.head!;
  const own = weights.map((name) => parameters[name]!);
  const named = (list: readonly Tensor[]) => Object.fromEntries(weights.map((name, i) => [name, list[i]!]));
  return {
    perSlot: [hidden],
    shared: frozen ? [] : own,
    constantPerSlot: [],
    constants: frozen ? own : [],
    at: ({ perSlot: [states], shared, constants }) => apply(named(frozen ? constants : shared), states!),
  };
}

/** The soft rows of clean tokens at the positions of a noise, [N, V]; undefined where all tokens are hard. */
function softSource({ soft }: CleanTokens | LazyCleanTokens, positions: Tensor): SlotSource | undefined {
  if (!soft) return undefined;
  return slotsAt(
    'source' in soft ? soft.source : givenSlots(soft.probs),
    existingSlots(tokensAt(soft.slots, positions)),
  );
}

/** What a loss reads beside logits and soft rows, for each slot and for all. */
function surroundings(
  { family }: Pick<DiffusionModel, 'family'>,
  { ids, soft }: CleanTokens | LazyCleanTokens,
  noisy: NoisyTokens,
  noise: Uploaded<NoiseFeeds>,
) {
  const perSlot = family.perSlot!;
  const whole = { ...noise } as Record<string, Tensor>;
  const slots = { positions: noisy.positions, ...Object.fromEntries(perSlot.map((name) => [name, whole[name]!])) };
  for (const name of ['positions', 'slots', ...perSlot]) delete whole[name];
  const shared = {
    ids,
    ...(soft ? { soft: { slots: soft.slots } } : {}),
    noisy: { ids: noisy.ids, sigma: noisy.sigma },
    slots: noise.slots,
    whole,
  };
  return { slots, shared };
}

/** The inputs of one part by name: what `family.loss` is given for some slots. */
function argumentsOf(
  { slots, shared }: ReturnType<typeof surroundings>,
  { start, constantPerSlot, constants }: Part,
  probs: Tensor | undefined,
) {
  const own = unpack<typeof slots>(constantPerSlot, structureOf(slots));
  const all = unpack<typeof shared>(constants, structureOf(shared));
  const numbers = tf.sub(all.slots, tf.scalar(start, 'int32'));
  const clean: CleanTokens = { ids: all.ids };
  const soft = all.soft && {
    slots: tf.where(hasSlot(all.soft.slots), numbers, tf.scalar(-1, 'int32')),
    probs: probs!,
    // Losses ask for rows, never for what was drawn from them.
    drawn: tf.fill([probs!.shape[0]!], -1, 'int32'),
  };
  return {
    clean: soft ? { ...clean, soft } : clean,
    noisy: { input: { ids: all.noisy.ids }, ...all.noisy, positions: own.positions },
    noise: { ...all.whole, ...own, slots: numbers } as unknown as Uploaded<NoiseFeeds>,
  };
}

/** What is computed of the logits of some slots, [n, V]: the loss of each, [n]. */
export type SlotLoss = (logits: Tensor, given: ReturnType<typeof argumentsOf>) => Tensor;

/** [N] of each of M networks as one tensor: [N, M], and [N] of a single one. */
const together = (losses: readonly Tensor[]): Tensor => (losses.length === 1 ? losses[0]! : tf.stack([...losses], 1));

/**
 * The losses of some networks at each slot, [N] each, whose logits and soft rows are computed for some slots at a time, and again for
 * the gradient. Soft rows are computed once for all networks.
 * @param networks source of each one's logits at the positions of `noisy`
 * @param most slots at a time
 */
export function lossesInParts(
  model: Pick<DiffusionModel, 'family'>,
  networks: readonly SlotSource[],
  clean: CleanTokens | LazyCleanTokens,
  { noisy, noise, most }: { readonly noisy: NoisyTokens; readonly noise: Uploaded<NoiseFeeds>; readonly most: number },
  loss: SlotLoss,
): Tensor[] {
  const surrounding = surroundings(model, clean, noisy, noise);
  const given: SlotInputs = {
    perSlot: [],
    shared: [],
    constantPerSlot: pack(surrounding.slots, structureOf(surrounding.slots)),
    constants: pack(surrounding.shared, structureOf(surrounding.shared)),
  };
  const soft = softSource(clean, noisy.positions);
  const all = joined(given, soft ?? none, ...networks);
  const losses = inParts(all.inputs, most, (part) => {
    const [own, ofSoft, ...ofLogits] = all.split(part) as [Part, Part, ...Part[]];
    const around = argumentsOf(surrounding, own, soft?.at(ofSoft));
    return together(networks.map((logits, i) => loss(logits.at(ofLogits[i]!), around)));
  });
  return networks.length === 1 ? [losses] : tf.unstack(losses, 1);
}
