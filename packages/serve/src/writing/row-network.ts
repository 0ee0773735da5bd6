import type { Denoise, Network } from '@idlm/samplers';
import type { Member, MergedNetwork } from '../batching/merged-network';
import type { ServedModel } from '../models/served-model';
import type { WritingPlan } from './plan';

/** The networks that texts ask: the model's, and the one that guidance leads away from, where that is another's. */
export interface WritingNetworks {
  readonly network: MergedNetwork;
  readonly other?: MergedNetwork;
}

/** A row's clamp, behind the token that stands before every row. */
export const behindStart = (clamp: Int32Array, rowStart: number | undefined): Int32Array =>
  rowStart === undefined ? clamp : Int32Array.from([rowStart, ...clamp]);

/** A text's way to a network, from its first call on: for one that is never asked, nobody waits. */
function onceAsked(network: MergedNetwork, signal: AbortSignal): Member {
  let member: Member | undefined;
  return {
    denoise: (request) => (member ??= network.join(signal)).denoise(request),
    leave: () => member?.leave(),
  };
}

/**
 * The network of a text: the one that all share, or that one guided, of which a step asks twice at once, or another model's besides.
 * @param index which of the plan's texts
 * @param signal takes what it asks out of calls that have not begun
 */
export function rowNetwork(
  { rows, guidance }: WritingPlan,
  index: number,
  { model, network, other }: WritingNetworks & { readonly model: ServedModel },
  signal: AbortSignal,
): { readonly denoise: Denoise | Network; leave(): void } {
  if (!guidance) return network.join(signal);
  const own = other ? onceAsked(network, signal) : network.join(signal);
  const away = other && onceAsked(other, signal);
  const clamp = behindStart(rows[index]!.clamp, model.rowStart);
  const request = { clamp, firstRow: index, length: clamp.length };
  return {
    denoise: guidance.guide({ network: own, other: away }, request),
    leave() {
      own.leave();
      away?.leave();
    },
  };
}
