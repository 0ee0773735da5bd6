import { Worker } from 'node:worker_threads';
import { workerProgram } from '@idlm/core-diffusion/node';
import type { HostRequest } from '@idlm/denoiser';
import { allImports } from '../../imports/modules';
import {
  type Answer,
  type Failure,
  type Order,
  type Question,
  type Reply,
  type SharedNetwork,
  errorOf,
  failureIn,
} from './messages';

/** A thread with a WASM engine of its own. */
export interface NetworkThread {
  /**
   * Logits [N, V] of the asked positions; `t` and `times` of the request are σ. One call at a time; the request's arrays are the thread's from here on.
   * @throws what the network throws there; Error if the thread has ended
   */
  denoise(network: SharedNetwork, request: HostRequest): Promise<Float32Array>;
  /** Whether networks of a type are registered there: by this project, or a module that was imported before it began. @throws Error if it has ended */
  knows(type: string): Promise<boolean>;
  end(): void;
}

/** A worker that is asked one thing at a time, and whose end is an answer too. It keeps the process alive only while it is asked. */
function asker(worker: Worker): (order: Order | Question) => Promise<Reply | Answer> {
  let answer: ((reply: Reply | Answer) => void) | undefined;
  let ended: Reply | undefined;
  const end = (failure: Failure): void => {
    ended ??= { failure };
    answer?.(ended);
  };
  worker.on('message', (reply: Reply | Answer) => answer?.(reply));
  worker.on('error', (error: Error) => end(failureIn(error)));
  worker.on('exit', (code) => end(failureIn(new Error(`A worker of sampling has ended (exit code ${code}).`))));
  worker.unref();
  return async (order) => {
    if (ended) return ended;
    const arrays = 'knows' in order ? [] : [order.request.tokens, order.request.positions];
    worker.ref();
    try {
      return await new Promise<Reply | Answer>((resolve) => {
        answer = resolve;
        worker.postMessage(
          order,
          arrays.map(({ buffer }) => buffer as ArrayBuffer),
        );
      });
    } finally {
      worker.unref();
    }
  };
}

/** Starts a thread. */
export function networkThread(): NetworkThread {
  const { entry, execArgv } = workerProgram(import.meta.url, '../..');
  const worker = new Worker(entry, { execArgv, workerData: { imports: allImports() } });
  const ask = asker(worker);
  const loaded = new Set<SharedNetwork>();
  return {
    async denoise(network, request) {
      const order = { id: network.id, load: loaded.has(network) ? undefined : network, request };
      const reply = (await ask(order)) as Reply;
      if ('failure' in reply) throw errorOf(reply.failure);
      loaded.add(network);
      return reply.values;
    },
    async knows(type) {
      const reply = await ask({ knows: type });
      if ('failure' in reply) throw errorOf(reply.failure);
      return 'isKnown' in reply && reply.isKnown;
    },
    end: () => void worker.terminate(),
  };
}
