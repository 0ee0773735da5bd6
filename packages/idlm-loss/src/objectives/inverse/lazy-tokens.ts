import {
  type LazyCleanTokens,
  type NoisyTokens,
  type Parameters,
  type Part,
  type SlotSource,
  type Uploaded,
  allSlots,
  constantSource,
  detach,
  hiddenAt,
  structureOf,
  logitsSource,
  pack,
  positionsOfPart,
  unpack,
} from '@idlm/core-diffusion';
import type { ObjectiveContext } from '../../objective';
import type { Relaxation } from '../../relaxations/relaxation';
import type { GenerateOptions, StepFeeds } from './student-tokens';

/** A student's tokens whose rows are computed when a loss asks for them. */
export interface LazilyGenerated {
  readonly clean: LazyCleanTokens;
  /** Source of the student's logits. */
  readonly logits: SlotSource;
  /** The student's input. */
  readonly noisy: NoisyTokens;
  /** Slots of which logits are computed at a time. */
  readonly most: number;
}

/** What the student's logits become, for some slots: soft rows and hard tokens. */
function relaxing<Relaxing extends object>(
  { family }: ObjectiveContext,
  logits: SlotSource,
  noisy: NoisyTokens,
  draws: Uploaded<Relaxing>,
  { relax }: Relaxation<Relaxing>,
) {
  const [slots, whole] = [
    { positions: noisy.positions, draws: draws as object },
    { ids: noisy.ids, sigma: noisy.sigma },
  ];
  const { constantPerSlot, constants } = logits;
  const source: Omit<SlotSource, 'at'> = {
    ...logits,
    constantPerSlot: [...constantPerSlot, ...pack(slots, structureOf(slots))],
    constants: [...constants, ...pack(whole, structureOf(whole))],
  };
  const relaxed = (part: Part) => {
    const own = unpack<typeof slots>(part.constantPerSlot.slice(constantPerSlot.length), structureOf(slots));
    const all = unpack<typeof whole>(part.constants.slice(constants.length), structureOf(whole));
    const ofLogits = {
      ...part,
      constantPerSlot: part.constantPerSlot.slice(0, constantPerSlot.length),
      constants: part.constants.slice(0, constants.length),
    };
    const seen: NoisyTokens = { input: { ids: all.ids }, ...all, positions: own.positions };
    return relax(family.toLogProbs(logits.at(ofLogits), seen), own.draws as Uploaded<Relaxing>);
  };
  return { source, relaxed };
}

/**
 * Device: the student's tokens of one step, without its rows; undefined where those are few, or network and family cannot compute
 * them part by part. The hard tokens need all rows once, in parts that are not kept.
 */
export function generateLazily<Relaxing extends object>(
  context: ObjectiveContext,
  student: Parameters,
  { ids, first, relaxation: draws }: Uploaded<StepFeeds<Relaxing>>,
  relaxation: Relaxation<Relaxing>,
  { frozen = false, logitsOfPart }: GenerateOptions & { readonly logitsOfPart?: number } = {},
): LazilyGenerated | undefined {
  const { family } = context;
  const most = positionsOfPart(context, first.noise.positions.size, logitsOfPart);
  if (most === undefined) return undefined;
  const noisy = family.corrupt({ ids }, first.noise);
  const run = () => hiddenAt(context, student, noisy);
  const logits = logitsSource(context, student, frozen ? detach(run) : run(), frozen);
  const { source, relaxed } = relaxing(context, logits, noisy, draws, relaxation);
  const drawn = detach(() => allSlots({ ...source, at: (part) => relaxed(part).hard }, most));
  const soft: SlotSource = { ...source, at: (part) => relaxed(part).soft };
  const clean = { ids, soft: { slots: first.noise.slots, drawn, source: frozen ? constantSource(soft) : soft } };
  return { clean, logits, noisy, most };
}
