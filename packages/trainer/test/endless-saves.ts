import { diskCheckpointStore } from '../src/checkpoints/disk-store';
import type { CheckpointFile } from '../src/checkpoints/store';

/** Saves checkpoints without end, until it is killed: step n has three files full of the byte n. */
async function* filesOf(step: number): AsyncGenerator<CheckpointFile> {
  for (const name of ['a', 'b', 'c']) yield { name, bytes: new Uint8Array(200_000).fill(step) };
}

const store = diskCheckpointStore(process.argv[2]!);
await store.clean();
for (let step = ((await store.latest()).checkpoint?.step ?? 0) + 1; ; step++) {
  await store.save(step, filesOf(step));
  await store.prune({ last: 2 });
  process.stdout.write(`${step}\n`);
}
