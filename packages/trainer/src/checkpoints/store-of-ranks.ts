import { type Communicator, fromFirst } from '@idlm/core-diffusion/ranks';
import type { CheckpointStore } from './store';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** What rank 0 finds, at all ranks. */
const told = async <Value>(ranks: Communicator, find: () => Promise<Value>): Promise<Value> =>
  JSON.parse(new TextDecoder().decode(await fromFirst(ranks, async () => encode(await find())))) as Value;

/**
 * One store for all ranks: rank 0 writes, removes and reads, and the others are told what it has read. So folders need not be seen by
 * all, and all go on from the same bytes.
 * @param store that of rank 0; what others give is not used
 */
export function storeOfRanks(ranks: Communicator, store: CheckpointStore): CheckpointStore {
  if (ranks.size === 1) return store;
  const read: Pick<CheckpointStore, 'latest' | 'find' | 'read'> = {
    latest: () => told(ranks, () => store.latest()),
    find: (step) => told(ranks, () => store.find(step)),
    read: (checkpoint, name) => fromFirst(ranks, () => store.read(checkpoint, name)),
  };
  if (ranks.rank === 0) return { ...store, ...read };
  return {
    ...read,
    save: async (step) => ({ step, path: `step-${step} of rank 0` }),
    prune: async () => [],
    clean: async () => {},
  };
}
