import { parentPort, workerData } from 'node:worker_threads';
import { encodeOrder } from './threads/encode-order';
import { type Order, type Reply, type ThreadData, failureIn } from './threads/messages';
import { huggingFaceTokenizer } from './tokenizers/hugging-face';

const { json, config, normalise, promptSeparator } = workerData as ThreadData;
const tokenizer = huggingFaceTokenizer(JSON.parse(json) as Record<string, unknown>, config, normalise);

function answer(order: Order): Reply {
  try {
    return encodeOrder(order, tokenizer, promptSeparator);
  } catch (error) {
    return failureIn(error as Error);
  }
}

parentPort!.on('message', (order: Order) => {
  const reply = answer(order);
  parentPort!.postMessage(reply, 'ids' in reply ? [reply.ids.buffer as ArrayBuffer] : []);
});
