import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Part, type SlotFunction, type SlotInputs, inParts } from './in-parts';

/** What each of N slots has, such as its logits, computed when it is asked for, so that that of all slots is never there at once. */
export interface SlotSource extends SlotInputs {
  readonly at: SlotFunction;
}

/** The source of what is there: a tensor [N, …]. */
export const givenSlots = (values: Tensor): SlotSource => ({
  perSlot: [values],
  shared: [],
  constantPerSlot: [],
  constants: [],
  at: ({ perSlot: [own] }) => own!,
});

/** The same as constants to every gradient. */
export const constantSource = ({ perSlot, shared, constantPerSlot, constants, at }: SlotSource): SlotSource => ({
  perSlot: [],
  shared: [],
  constantPerSlot: [...perSlot, ...constantPerSlot],
  constants: [...shared, ...constants],
  at: (part) =>
    at({
      start: part.start,
      perSlot: part.constantPerSlot.slice(0, perSlot.length),
      constantPerSlot: part.constantPerSlot.slice(perSlot.length),
      shared: part.constants.slice(0, shared.length),
      constants: part.constants.slice(shared.length),
    }),
});

/** What stands at some of the slots, int32 [M], of which each may be named several times. */
export const slotsAt = (
  { perSlot, shared, constantPerSlot, constants, at }: SlotSource,
  slots: Tensor,
): SlotSource => ({
  perSlot: perSlot.map((tensor) => tf.gather(tensor, slots as tf.Tensor1D)),
  shared,
  constantPerSlot: [slots],
  // Those may be wide, and no gradient asks for a copy of them.
  constants: [...constantPerSlot, ...constants],
  at: ({ constantPerSlot: [own], constants: given, ...part }) =>
    at({
      ...part,
      constantPerSlot: given.slice(0, constantPerSlot.length).map((tensor) => tf.gather(tensor, own as tf.Tensor1D)),
      constants: given.slice(constantPerSlot.length),
    }),
});

/** That of all slots, [N, …], computed for at most `most` at a time. */
export const allSlots = (source: SlotSource, most: number): Tensor => inParts(source, most, source.at);

/** Lists of inputs as one, and each of them again from a part of all. */
export function joined(...lists: readonly SlotInputs[]): { inputs: SlotInputs; split(part: Part): Part[] } {
  const names = ['perSlot', 'shared', 'constantPerSlot', 'constants'] as const;
  const each = (of: (name: (typeof names)[number]) => readonly Tensor[]) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as unknown as SlotInputs;
  return {
    inputs: each((name) => lists.flatMap((list) => list[name])),
    split(part) {
      const at = { perSlot: 0, shared: 0, constantPerSlot: 0, constants: 0 };
      return lists.map((list) => ({
        start: part.start,
        ...each((name) => part[name].slice(at[name], (at[name] += list[name].length))),
      }));
    },
  };
}
