import { Fault } from '../../worker/fault';
import type { Answer, Question, TextFrame } from '../../worker/messages';
import type { Work } from './writer';

/** A question without its number. */
type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

/** What becomes of answers to one question. */
interface Listener {
  frame(frame: TextFrame): void;
  progress: NonNullable<Work['onProgress']>;
  end(result: unknown): void;
  failure(fault: Fault): void;
}

/** The worker, to be asked. */
export interface WorkerConnection {
  /** Asks; its answer is awaited, and what comes before it told. An abort ends it. @throws Fault where the worker fails */
  ask(question: Asked, work?: Work & { readonly onFrame?: (frame: TextFrame) => void }): Promise<unknown>;
}

function tellListener(listener: Listener | undefined, answer: Answer): void {
  if (answer.answer === 'frame') listener?.frame(answer.frame);
  else if (answer.answer === 'progress') listener?.progress(answer.progress);
  else if (answer.answer === 'end') listener?.end(answer.result);
  else listener?.failure(new Fault(answer.kind, answer.sentence));
}

/** A worker of the page, started anew when it has died. */
export function connectWorker(address: URL): WorkerConnection {
  const listeners = new Map<number, Listener>();
  const fail = (fault: Fault): void => listeners.forEach(({ failure }) => failure(fault));
  const worker = new Worker(address, { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => tellListener(listeners.get(data.id), data));
  worker.addEventListener('error', () =>
    fail(new Fault('other', 'The script that runs the models could not be started; reload the page.')),
  );
  let asked = 0;
  const ask: WorkerConnection['ask'] = (question, { signal, onProgress = () => {}, onFrame = () => {} } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = asked++;
      const cancel = (): void => worker.postMessage({ ask: 'cancel', id } satisfies Question);
      const settle = (): void => {
        listeners.delete(id);
        signal?.removeEventListener('abort', cancel);
      };
      listeners.set(id, {
        frame: onFrame,
        progress: onProgress,
        end: (result) => (settle(), resolve(result)),
        failure: (fault) => (settle(), reject(fault)),
      });
      signal?.addEventListener('abort', cancel);
      worker.postMessage({ ...question, id });
    });
  return { ask };
}
