import { type Randomness, type Ranks, checkBatch, checkRanks } from '../loaders/loader';
import { type Permutation, permutation } from './permutation';

/** The sequences of batch number k. */
export type SequencesAt = (k: number) => number[];

/**
 * All sequences once an epoch, in an order of its own each time, dealt out in batches: the batches number k of all ranks together are one of
 * `ranks · batch` sequences. An epoch may end within a batch.
 *
 * Sequence i of batch k of rank r is number n = (k · ranks + r) · batch + i of all, which is number n mod count of the epoch ⌊n / count⌋ in the
 * order of that epoch.
 * @param count sequences that there are, at least 1
 */
export function shuffledByEpoch(count: number, batch: number, random: Randomness, given: Ranks = {}): SequencesAt {
  checkBatch(batch);
  const { rank, ranks } = checkRanks(given);
  let last: { readonly epoch: number; readonly order: Permutation } | undefined;
  const orderOf = (epoch: number): Permutation => {
    if (last?.epoch !== epoch) last = { epoch, order: permutation(count, random.split('epoch').split(epoch)) };
    return last.order;
  };
  return (k) => {
    const first = (k * ranks + rank) * batch;
    return Array.from({ length: batch }, (_, i) => orderOf(Math.floor((first + i) / count))((first + i) % count));
  };
}
