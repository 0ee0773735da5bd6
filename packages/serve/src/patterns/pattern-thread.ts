import { Worker } from 'node:worker_threads';
import { InputError } from '@idlm/core-diffusion/errors';
import { workerProgram } from '@idlm/core-diffusion/node';
import type { TokenAutomaton } from '@idlm/samplers/patterns';
import type { PatternOrder, PatternReply, Vocabulary } from './messages';

/** A thread that makes automata of patterns, beside all else of the process. */
export interface PatternThread {
  /**
   * The automaton of a pattern over a vocabulary. One at a time.
   * @param signal ends the making at once
   * @throws InputError for what is no pattern, or makes too large an automaton; the signal's reason when aborted
   */
  make(pattern: string, vocabulary: Vocabulary, signal: AbortSignal): Promise<TokenAutomaton>;
  end(): void;
}

/** Most memory of the thread's objects, in MB. */
const MOST_MEGABYTES = 512;

/** A worker, and the vocabularies that it has. */
interface Running {
  readonly worker: Worker;
  readonly vocabularies: Set<number>;
}

function start(): Running {
  const { entry, execArgv } = workerProgram(import.meta.url, '..');
  const worker = new Worker(entry, { execArgv, resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES } });
  // Errors have somebody who listens while an answer is awaited.
  worker.on('error', () => undefined);
  worker.unref();
  return { worker, vocabularies: new Set() };
}

/** Asks a worker. @throws what it failed with; the signal's reason when aborted */
async function ask(worker: Worker, order: PatternOrder, signal: AbortSignal): Promise<PatternReply> {
  const settled = new AbortController();
  worker.ref();
  try {
    return await new Promise<PatternReply>((resolve, reject) => {
      const { signal: once } = settled;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: once });
      const handlers = {
        message: resolve,
        error: reject,
        exit: () => reject(new Error('The thread of patterns has ended.')),
      };
      for (const [name, handler] of Object.entries(handlers)) {
        worker.on(name, handler);
        once.addEventListener('abort', () => worker.off(name, handler));
      }
      worker.postMessage(order);
    });
  } finally {
    settled.abort();
    worker.unref();
  }
}

/** A thread that starts when it is first asked, and again after one that was given up. */
export function patternThread(): PatternThread {
  let running: Running | undefined;
  const end = (): void => {
    void running?.worker.terminate();
    running = undefined;
  };
  return {
    async make(pattern, vocabulary, signal) {
      const { worker, vocabularies } = (running ??= start());
      const { id } = vocabulary;
      const order = { pattern, id, ...(vocabularies.has(id) ? {} : { vocabulary }) };
      const reply = await ask(worker, order, signal).catch((error: unknown) => {
        // What it was at is no longer wanted, or it has failed.
        end();
        throw error;
      });
      vocabularies.add(id);
      if ('refused' in reply) throw new InputError(reply.refused);
      return reply.automaton;
    },
    end,
  };
}
