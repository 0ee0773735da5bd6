import { Worker } from 'node:worker_threads';
import { workerProgram } from '@idlm/core-diffusion/node';
import type { HostRequest } from '@idlm/denoiser';
import { allImports } from '../../imports/modules';
import { type Failure, type Order, type Reply, type SharedNetwork, errorOf, failureIn } from './messages';

/** A thread with a WASM engine of its own. */
export interface NetworkThread {
  /**
   * Logits [N, V] of the asked positions; `t` and `times` of the request are σ. One call at a time; the request's arrays are the thread's from here on.
   * @throws what the network throws there; Error if the thread has ended
   */
  denoise(network: SharedNetwork, request: HostRequest): Promise<Float32Array>;
  end(): void;
}

/** A worker that is asked one thing at a time, and whose end is an answer too. It keeps the process alive only while it is asked. */
function asker(worker: Worker): (order: Order) => Promise<Reply> {
  let answer: ((reply: Reply) => void) | undefined;
  let ended: Reply | undefined;
  const end = (failure: Failure): void => {
    ended ??= { failure };
    answer?.(ended);
  };
  worker.on('message', (reply: Reply) => answer?.(reply));
  worker.on('error', (error: Error) => end(failureIn(error)));
  worker.on('exit', (code) => end(failureIn(new Error(`A worker of sampling has ended (exit code ${code}).`))));
  worker.unref();
  return async (order) => {
    if (ended) return ended;
    const { tokens, positions } = order.request;
    worker.ref();
    try {
      return await new Promise<Reply>((resolve) => {
        answer = resolve;
        worker.postMessage(order, [tokens.buffer as ArrayBuffer, positions.buffer as ArrayBuffer]);
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
      const reply = await ask({ id: network.id, load: loaded.has(network) ? undefined : network, request });
      if ('failure' in reply) throw errorOf(reply.failure);
      loaded.add(network);
      return reply.values;
    },
    end: () => void worker.terminate(),
  };
}
