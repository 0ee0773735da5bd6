import { setMaxListeners } from 'node:events';
import { type ModelPool, modelPool } from '../models/model-pool';
import type { ModelSource } from '../models/served-model';
import { openPatterns } from '../patterns/patterns';
import { admission } from '../requests/admission';
import type { Limits } from '../requests/limits';
import { RequestError } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import { type Work, type WritingStart, beginIn } from './begin';
import { type OpenModel, opening, requireModel } from './open-models';
import type { WorkEvents } from './work-events';

/** Where requests for texts are taken in. */
export interface Dispatcher {
  /**
   * Begins what a request asks for.
   * @param signal ends it at once
   * @throws RequestError for what is refused; what opening a model throws
   */
  begin(body: WritingBody, signal: AbortSignal): Promise<WritingStart>;
  /** Opens a model before somebody asks for it. @throws as `begin` */
  preload(id: string): Promise<void>;
  readonly sources: readonly ModelSource[];
  isOpen(id: string): boolean;
  /** Memory of open models, in bytes. */
  modelBytes(): number;
  /** Texts that wait or are under way. */
  rows(): number;
  /** From now on nothing more is begun. */
  close(): void;
  /** Resolves when all that was begun has ended. */
  idle(): Promise<void>;
  /** Ends what is under way, and closes all models. */
  dispose(): Promise<void>;
}

/** Takes requests for texts in. */
export function openDispatcher(sources: readonly ModelSource[], limits: Limits, events: WorkEvents = {}): Dispatcher {
  const models: ModelPool<OpenModel> = modelPool(sources, limits.modelBytes, opening(limits, events));
  const [admitted, ending, underWay] = [admission(limits.queuedRows), new AbortController(), new Set<Promise<void>>()];
  const patterns = openPatterns();
  // Each request listens.
  setMaxListeners(0, ending.signal);
  const work: Work = { sources, limits, events, models, patterns, admitted, ending, underWay };
  let isClosed = false;
  return {
    async begin(body, signal) {
      if (!isClosed) return beginIn(work, body, signal);
      throw new RequestError(503, 'The server is shutting down.', { code: 'shutting_down', retryAfter: 5 });
    },
    async preload(id) {
      requireModel(work, id);
      (await models.acquire(id)).release();
    },
    sources,
    isOpen: models.isOpen,
    modelBytes: models.bytes,
    rows: admitted.rows,
    close() {
      isClosed = true;
    },
    idle: async () => {
      while (underWay.size) await Promise.all(underWay);
    },
    async dispose() {
      isClosed = true;
      ending.abort(new RequestError(503, 'The server has ended.', { code: 'shutting_down', retryAfter: 5 }));
      await Promise.all(underWay);
      patterns.end();
      await models.dispose();
    },
  };
}
