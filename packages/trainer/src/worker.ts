import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { diskCheckpointStore } from './checkpoints/disk-store';
import type { CheckpointFile } from './checkpoints/store';
import type { Given, SaveOrder, SaveReply } from './checkpoints/thread-messages';

const port = parentPort!;
const tell = (told: SaveReply): void => port.postMessage(told);

/** The files of the checkpoint, asked for one after another. */
async function* given(): AsyncGenerator<CheckpointFile> {
  for (;;) {
    const answer = once(port, 'message');
    tell('next');
    const [next] = (await answer) as [Given];
    if (next === 'end') return;
    if ('failure' in next) throw new Error(next.failure);
    yield next.file;
  }
}

async function save({ folder, step }: SaveOrder): Promise<void> {
  try {
    tell({ saved: await diskCheckpointStore(folder).save(step, given()) });
  } catch (error) {
    tell({ refused: (error as Error).message });
  }
}

await save(workerData as SaveOrder);
