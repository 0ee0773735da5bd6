import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { diskCheckpointStore } from '../checkpoints/disk-store';
import { memoryCheckpointStore } from '../checkpoints/memory-store';
import type { CheckpointStore } from '../checkpoints/store';
import { checkpointStoreConformance } from './store-checks';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stores-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([
  ['diskCheckpointStore', async () => diskCheckpointStore(join(folder, 'checkpoints'))],
  ['memoryCheckpointStore', async () => memoryCheckpointStore()],
] as const)('%s', (_, make) => {
  it.each(checkpointStoreConformance(make).map(({ name, run }) => [name, run] as const))('%s', (__, run) => run());
});

type Change = (store: CheckpointStore) => Partial<CheckpointStore>;

/** Faults that the checks must find, with a word of what they say. */
const mutants: Readonly<Record<string, readonly [Change, RegExp]>> = {
  'an order of steps by name': [
    (store) => ({ latest: async () => ({ checkpoint: await store.find(9).catch(() => store.find(1)), skipped: [] }) }),
    /an empty store has|says 9|no checkpoint of step/,
  ],
  'bytes that are cut': [
    (store) => ({ read: async (ref, name) => (await store.read(ref, name)).slice(0, 4096) }),
    /is not what was saved/,
  ],
  'a first save that stays': [
    (store) => ({
      save: async (step, files) => (await store.find(step).catch(() => undefined)) ?? store.save(step, files),
    }),
    /of step 4 is not what was saved/,
  ],
  'half a checkpoint': [
    (store) => ({
      save: (step, files) =>
        store.save(
          step,
          (async function* () {
            try {
              yield* files;
            } catch {
              // Keeps what has come so far.
            }
          })(),
        ),
    }),
    /must be rejected/,
  ],
  'errors that are nobody’s mistake': [
    (store) => ({ find: (step) => store.find(step).catch(() => Promise.reject(new Error('gone'))) }),
    /must be refused with an InputError; Error: gone/,
  ],
  'no refusal of a file': [
    (store) => ({ read: (ref, name) => store.read(ref, name).catch(() => new Uint8Array()) }),
    /nothing was thrown/,
  ],
  'the caller’s bytes': [
    (store) => {
      const lent = new Map<string, Uint8Array>();
      return {
        async read(ref, name) {
          const key = `${ref.step} ${name}`;
          const bytes = lent.get(key) ?? (await store.read(ref, name));
          lent.set(key, bytes);
          return bytes;
        },
      };
    },
    /does to its bytes changes the store/,
  ],
  'no milestones': [(store) => ({ prune: ({ last }) => store.prune({ last }) }), /3/],
  'no pruning': [() => ({ prune: async () => [] }), /step 1, which was to be removed,/],
  'a clean sweep': [
    (store) => {
      let isClean = false;
      return {
        clean: async () => void (isClean = true),
        find: (step) => (isClean ? Promise.reject(new InputError('swept away')) : store.find(step)),
      };
    },
    /swept away/,
  ],
};

it.each(Object.entries(mutants))('finds %s', async (_, [change, message]) => {
  const errors: string[] = [];
  const make = async () => {
    const store = memoryCheckpointStore();
    return { ...store, ...change(store) };
  };
  for (const { run } of checkpointStoreConformance(make))
    await run().catch((error: Error) => errors.push(error.message));
  expect(errors.join('\n')).toMatch(message);
});
