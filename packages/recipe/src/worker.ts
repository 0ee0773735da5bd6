import { parentPort, workerData } from 'node:worker_threads';
import { importModules } from './imports/modules';
import { answerTo, answering } from './sampling/workers/answer';
import type { Order, Question } from './sampling/workers/messages';

const answer = answering();
// Networks of one's own are known here, too, before the first is asked for.
const ready = importModules((workerData as { readonly imports: readonly string[] }).imports);

async function serve(order: Order | Question): Promise<void> {
  await ready;
  if ('knows' in order) {
    parentPort!.postMessage(answerTo(order));
    return;
  }
  const reply = await answer(order);
  parentPort!.postMessage(reply, 'values' in reply ? [reply.values.buffer as ArrayBuffer] : []);
}

// A failure that no reply could tell ends the thread, of which whoever started it is told.
parentPort!.on('message', (order: Order | Question) => void serve(order));
