import { parentPort } from 'node:worker_threads';
import { automatonMaker } from './patterns/make-automaton';
import type { PatternOrder } from './patterns/messages';

const make = automatonMaker();

parentPort!.on('message', (order: PatternOrder) => {
  const reply = make(order);
  const arrays = 'automaton' in reply ? Object.values(reply.automaton).filter(ArrayBuffer.isView) : [];
  parentPort!.postMessage(
    reply,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
});
