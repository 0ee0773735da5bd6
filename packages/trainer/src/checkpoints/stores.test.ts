import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { useBackend } from '@idlm/tools/backend';
import { model, tinyTask } from '../../test/train';
import { createTrainer } from '../run/trainer';
import { diskCheckpointStore } from './disk-store';
import { memoryCheckpointStore } from './memory-store';
import type { CheckpointFile, CheckpointStore } from './store';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stores-'));
});
afterEach(() => rm(folder, { recursive: true }));

const files = async function* (content: string): AsyncGenerator<CheckpointFile> {
  for (const name of ['a', 'b']) yield { name, bytes: Buffer.from(`${content} ${name}`) };
};

const stores: Record<string, () => CheckpointStore> = {
  diskCheckpointStore: () => diskCheckpointStore(join(folder, 'checkpoints')),
  memoryCheckpointStore,
};

describe.each(Object.keys(stores))('%s', (name) => {
  const stepsOf = async (store: CheckpointStore, steps: readonly number[]) => {
    const found = await Promise.all(steps.map((step) => store.find(step).catch(() => undefined)));
    return found.flatMap((one) => (one ? [one.step] : []));
  };

  it('reads back what was saved last of a step', async () => {
    const store = stores[name]!();
    expect(await store.latest()).toEqual({ skipped: [] });
    await store.save(2, files('old'));
    const checkpoint = await store.save(2, files('new'));
    expect(checkpoint.step).toBe(2);
    expect(await store.latest()).toEqual({ checkpoint, skipped: [] });
    expect(await store.find(2)).toEqual(checkpoint);
    expect(Buffer.from(await store.read(checkpoint, 'b')).toString()).toBe('new b');
  });

  it('refuses steps and files that it does not have', async () => {
    const store = stores[name]!();
    await expect(store.find(3)).rejects.toThrow('has no checkpoint of step 3; it has none.');
    for (const step of [9, 100, 20]) await store.save(step, files('x'));
    expect((await store.latest()).checkpoint?.step).toBe(100);
    await expect(store.find(3)).rejects.toThrow('it has those of steps 100, 20, 9.');
    await expect(store.read(await store.find(9), 'c')).rejects.toThrow(InputError);
  });

  it('is as before where the files of a save cannot be made', async () => {
    const store = stores[name]!();
    await store.save(1, files('one'));
    const broken = async function* (): AsyncGenerator<CheckpointFile> {
      yield* files('two');
      throw new Error('the device is gone');
    };
    await expect(store.save(2, broken())).rejects.toThrow('the device is gone');
    expect((await store.latest()).checkpoint?.step).toBe(1);
    expect(await stepsOf(store, [1, 2])).toEqual([1]);
  });

  it('keeps the last checkpoints and the milestones', async () => {
    const store = stores[name]!();
    const all = [1, 2, 3, 4, 5, 6, 7];
    for (const step of all) await store.save(step, files('x'));
    expect(await store.prune({ last: 2, every: 3 })).toEqual([]);
    expect(await stepsOf(store, all)).toEqual([3, 6, 7]);
    await store.prune({ last: 0 });
    expect(await stepsOf(store, all)).toEqual([7]);
  });
});

describe('memoryCheckpointStore', () => {
  it('is not changed by whoever holds bytes that were saved or read', async () => {
    const store = memoryCheckpointStore();
    const bytes = Uint8Array.of(1, 2);
    const checkpoint = await store.save(
      1,
      (async function* () {
        yield { name: 'a', bytes };
      })(),
    );
    bytes[0] = 9;
    (await store.read(checkpoint, 'a'))[1] = 9;
    expect([...(await store.read(checkpoint, 'a'))]).toEqual([1, 2]);
  });
});

describe('a run', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await useBackend();
  });

  it('is resumed from memory as from a disk, bit for bit', async () => {
    const run = async (store: CheckpointStore, updates: number) => {
      const task = tinyTask(engine, 'distillation');
      const resume = (await store.latest()).checkpoint && ('latest' as const);
      const trainer = createTrainer({ task, model, store, resume, config: { updates }, clock: () => 0 });
      for await (const _ of trainer.run());
      task.dispose();
    };
    const weights = async (store: CheckpointStore) =>
      Buffer.from(await store.read(await store.find(4), 'model.safetensors')).toString('base64');
    const [disk, memory] = [diskCheckpointStore(folder), memoryCheckpointStore()];
    await run(disk, 4);
    await run(memory, 2);
    await run(memory, 4);
    expect(await weights(memory)).toBe(await weights(disk));
  });
});
