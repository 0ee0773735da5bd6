import { randomStream } from '@idlm/core-diffusion';
import { type Communicator, ranksInMemory } from '@idlm/core-diffusion/ranks';
import { type Engine, openEngine } from '@idlm/engine';
import { memoryCheckpointStore } from '../checkpoints/memory-store';
import { storeOfRanks } from '../checkpoints/store-of-ranks';
import type { CheckpointStore } from '../checkpoints/store';
import type { TeacherOptions } from '../tasks/teacher';
import { tinyTeacher } from '../../test/tiny';
import { model } from '../../test/train';
import type { TrainerOptions } from './options';
import { createTrainer } from './trainer';

let engine: Engine;
beforeAll(async () => (engine = await openEngine({ prefer: 'wasm' })));

/** One of two ranks, which has a store of its own. */
interface Rank {
  readonly ranks: Communicator;
  readonly store: CheckpointStore;
}

/** Runs a training as two ranks, each with what is its own. @returns how each ended, and the updates that it made */
const train = (stores: readonly CheckpointStore[], of: (rank: Rank) => Partial<TrainerOptions & TeacherOptions>) =>
  Promise.allSettled(
    ranksInMemory(2).map(async (ranks, i) => {
      const rank = { ranks, store: stores[i]! };
      const { random, ...more } = of(rank);
      const task = tinyTeacher(engine, { ranks, accumulate: 2, ...(random ? { random } : {}) });
      const store = storeOfRanks(ranks, rank.store);
      const config = { updates: 6, checkpointEvery: 2, besideFrom: Infinity };
      try {
        const loop = createTrainer({ task, model, store, ranks, config, clock: () => 0, ...more }).run();
        let next = await loop.next();
        while (!next.done) next = await loop.next();
        return next.value;
      } finally {
        task.dispose();
      }
    }),
  );

const stores = () => [memoryCheckpointStore(), memoryCheckpointStore()] as const;
const stepIn = async (store: CheckpointStore) => (await store.latest()).checkpoint?.step;

/** A signal of which the third look finds that it was aborted. */
function abortedLater(): AbortSignal {
  let looks = 0;
  return Object.defineProperty(new AbortController().signal, 'aborted', { get: () => ++looks > 2 });
}

describe('a run of two ranks', () => {
  it('ends after the same update on both once one of them is told to, and is gone on with by both', async () => {
    const [first, second] = stores();
    const signalled = await train([first, second], ({ ranks }) => (ranks.rank === 1 ? { signal: abortedLater() } : {}));
    for (const one of signalled) expect(one).toMatchObject({ value: { step: 2, interrupted: true } });
    // Rank 0 alone writes.
    expect([await stepIn(first), await stepIn(second)]).toEqual([2, undefined]);

    const resumed = await train([first, second], () => ({ resume: 'latest' }));
    for (const one of resumed) expect(one).toMatchObject({ value: { step: 6, interrupted: false } });
    expect([await stepIn(first), await stepIn(second)]).toEqual([6, undefined]);
    const whole = stores();
    await train(whole, () => ({}));
    const weights = async (store: CheckpointStore) =>
      Buffer.from(await store.read(await store.find(6), 'teacher.weights.safetensors')).toString('base64');
    expect(await weights(first)).toBe(await weights(whole[0]));
  });

  it('saves nothing where weights are not the same to the bit', async () => {
    const [first, second] = stores();
    // A rank that forgets to add its gradients goes its own way.
    const ended = await Promise.allSettled(
      ranksInMemory(2).map(async (ranks) => {
        const task = tinyTeacher(engine, { random: randomStream(ranks.rank) });
        const config = { updates: 2 };
        const store = storeOfRanks(ranks, ranks.rank ? second : first);
        const loop = createTrainer({ task, model, store, ranks, config, clock: () => 0 }).run();
        for (let next = await loop.next(); !next.done; next = await loop.next());
      }),
    );
    for (const one of ended)
      expect(String((one as PromiseRejectedResult).reason)).toBe(
        'Error: after update 2 the weights of rank 1 are not those of rank 0; nothing of it was saved',
      );
    expect(await stepIn(first)).toBeUndefined();
  });

  it('finds what the guard of rank 0 finds', async () => {
    const [first, second] = stores();
    const ended = await train([first, second], ({ ranks }) => ({
      guard: {
        every: 2,
        patience: 1,
        // Rounding makes one machine's look good, and another's not.
        check: async () => ({ verdict: ranks.rank === 0 ? 'fail' : 'keep', metrics: { 'guard/pairs': NaN } }),
      },
    }));
    for (const one of ended) expect(one).toMatchObject({ value: { step: 2, guard: { stopped: true } } });
  });
});
