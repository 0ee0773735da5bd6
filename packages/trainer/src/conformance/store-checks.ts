import { type ConformanceCheck, demand, isInputError } from '@idlm/core-diffusion';
import type { CheckpointFile, CheckpointStore } from '../checkpoints/store';

/** Two files that tell a step, as one stream of them is saved. */
async function* filesOf(step: number, seed = 0): AsyncGenerator<CheckpointFile> {
  yield { name: 'config.json', bytes: new TextEncoder().encode(`{"step":${step}}`) };
  yield { name: 'model.safetensors', bytes: Uint8Array.from({ length: 5000 }, (_, i) => i + step + seed) };
}

/** Files of which the second never comes. */
async function* failing(step: number): AsyncGenerator<CheckpointFile> {
  yield { name: 'config.json', bytes: new TextEncoder().encode(`{"step":${step}}`) };
  throw new Error('no more');
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** @throws Error unless the checkpoint of a step holds what was saved */
async function demandWhole(store: CheckpointStore, step: number, seed = 0): Promise<void> {
  const found = await store.find(step);
  for await (const { name, bytes } of filesOf(step, seed))
    demand(same(await store.read(found, name), bytes), `${name} of step ${step} is not what was saved`);
}

const errorOf = (run: () => Promise<unknown>): Promise<unknown> =>
  run().then(
    () => undefined,
    (reason: unknown) => reason,
  );

async function demandRejection(run: () => Promise<unknown>, what: string): Promise<void> {
  demand((await errorOf(run)) !== undefined, `${what} must be rejected`);
}

async function demandRefusal(run: () => Promise<unknown>, what: string): Promise<void> {
  const error = await errorOf(run);
  demand(
    isInputError(error),
    `${what} must be refused with an InputError; ${error ? String(error) : 'nothing'} was thrown`,
  );
}

const stepOf = async (store: CheckpointStore): Promise<number | undefined> => (await store.latest()).checkpoint?.step;

/** What is saved can be found and read, and the newest step is the latest. */
async function keeps(store: CheckpointStore): Promise<void> {
  demand((await stepOf(store)) === undefined, 'an empty store has a checkpoint');
  for (const step of [2, 10, 9]) {
    const { step: told } = await store.save(step, filesOf(step));
    demand(told === step, `a save of step ${step} tells step ${told}`);
  }
  for (const step of [2, 9, 10]) await demandWhole(store, step);
  const latest = await stepOf(store);
  demand(latest === 10, `the newest of steps 2, 10 and 9 is 10, by number; the store says ${latest}`);
}

/** A step that is saved again takes the place of the one before. */
async function replaces(store: CheckpointStore): Promise<void> {
  await store.save(4, filesOf(4));
  await store.save(4, filesOf(4, 7));
  await demandWhole(store, 4, 7);
}

/** A save whose files fail leaves the store as it was. */
async function wholeOrNot(store: CheckpointStore): Promise<void> {
  await store.save(1, filesOf(1));
  await demandRejection(() => store.save(2, failing(2)), 'a save whose files fail');
  demand((await stepOf(store)) === 1, 'a save that failed is the newest checkpoint');
  await demandRejection(() => store.save(1, failing(1)), 'a save in place of another whose files fail');
  await demandWhole(store, 1);
}

/** What is not there is refused in a sentence for the user. */
async function refuses(store: CheckpointStore): Promise<void> {
  const saved = await store.save(1, filesOf(1));
  await demandRefusal(() => store.find(2), 'a step that there is not');
  await demandRefusal(() => store.read(saved, 'state.json'), 'a file that there is not');
}

/** Bytes are the store's own: what a caller does to those it gave or was given changes none. */
async function owns(store: CheckpointStore): Promise<void> {
  const bytes = Uint8Array.of(1, 2, 3);
  const saved = await store.save(
    1,
    (async function* () {
      yield { name: 'a', bytes };
    })(),
  );
  bytes[0] = 9;
  (await store.read(saved, 'a'))[1] = 9;
  demand(
    same(await store.read(saved, 'a'), Uint8Array.of(1, 2, 3)),
    'what a caller does to its bytes changes the store',
  );
}

/** The last and every so many stay, and the newest in any case. */
async function prunes(store: CheckpointStore): Promise<void> {
  for (let step = 1; step <= 7; step++) await store.save(step, filesOf(step));
  await store.prune({ last: 2, every: 3 });
  for (const step of [3, 6, 7]) await demandWhole(store, step);
  for (const step of [1, 2, 4, 5])
    await demandRefusal(() => store.find(step), `step ${step}, which was to be removed,`);
  await store.prune({ last: 0 });
  demand((await stepOf(store)) === 7, 'the newest checkpoint was removed');
}

/** Cleaning up after killed processes takes nothing that was saved. */
async function cleans(store: CheckpointStore): Promise<void> {
  await store.save(1, filesOf(1));
  await store.clean();
  await demandWhole(store, 1);
}

/**
 * The promises of a checkpoint store, to be run by any test runner.
 * @param make an empty store
 */
export function checkpointStoreConformance(make: () => Promise<CheckpointStore>): readonly ConformanceCheck[] {
  const checks: readonly (readonly [string, (store: CheckpointStore) => Promise<void>])[] = [
    ['keeps what was saved, and knows the newest step', keeps],
    ['replaces a checkpoint of the same step', replaces],
    ['saves whole or not at all', wholeOrNot],
    ['refuses what it has not', refuses],
    ['owns its bytes', owns],
    ['prunes all but the newest and the milestones', prunes],
    ['cleans nothing away that is whole', cleans],
  ];
  return checks.map(([name, check]) => ({ name, run: async () => check(await make()) }));
}
