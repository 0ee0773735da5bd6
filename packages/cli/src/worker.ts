import { parentPort } from 'node:worker_threads';
import { answering } from './workers/answer';
import type { Order } from './workers/messages';

const answer = answering();

parentPort!.on('message', async (order: Order) => {
  const reply = await answer(order);
  parentPort!.postMessage(reply, 'values' in reply ? [reply.values.buffer as ArrayBuffer] : []);
});
