import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type MergedNetwork, mergeCalls } from '../batching/merged-network';
import { type ModelPool, modelPool } from '../models/model-pool';
import type { ModelSource, ServedModel } from '../models/served-model';
import { type Admission, admission } from '../requests/admission';
import type { Limits } from '../requests/limits';
import { RequestError, wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import type { WritingPlan } from './plan';
import { countRows } from './plan-rows';
import { planRequest } from './plan-request';
import { requestLimit } from './request-limit';
import { type Semaphore, semaphore } from './semaphore';
import type { RowState } from './write-row';
import { type Writing, startWriting } from './writing';

/** Texts that were begun for a request. */
export interface WritingStart {
  /** Unguessable. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly modelId: string;
  readonly model: ServedModel;
  readonly plan: WritingPlan;
  readonly writing: Writing;
}

/** What is told of the work, for metrics. */
export interface WorkEvents {
  onCall?(model: string, rows: number, seconds: number): void;
  onRow?(model: string, row: RowState): void;
}

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

/** A model that is open, with what its texts share. */
interface OpenModel {
  readonly model: ServedModel;
  readonly network: MergedNetwork;
  readonly semaphore: Semaphore;
  dispose(): void;
}

/** Opens models, each with a network that merges the calls of its texts. */
const opening =
  (limits: Limits, events: WorkEvents) =>
  async (source: ModelSource): Promise<OpenModel> => {
    const model = await source.open();
    const { network, family, timeConditioned } = model;
    const merged = mergeCalls(network, {
      timeConditioned,
      vocabSize: family.process.vocabSize,
      maxRows: limits.rowsUnderWay,
      maxDelay: limits.batchDelay,
      onCall: (rows, seconds) => events.onCall?.(source.id, rows, seconds),
    });
    return { model, network: merged, semaphore: semaphore(limits.rowsUnderWay), dispose: () => network.dispose?.() };
  };

/** What requests for texts share: the models, the limit of queued rows, and what is under way. */
interface Work {
  readonly sources: readonly ModelSource[];
  readonly limits: Limits;
  readonly events: WorkEvents;
  readonly models: ModelPool<OpenModel>;
  readonly admitted: Admission;
  /** Ends all that is under way. */
  readonly ending: AbortController;
  readonly underWay: Set<Promise<void>>;
}

/** @throws RequestError for a model that there is not */
function requireModel({ sources }: Work, id: string, param = 'model'): void {
  if (sources.some((source) => source.id === id)) return;
  throw new RequestError(404, `The model \`${id}\` does not exist.`, { param, code: 'model_not_found' });
}

/** @throws RequestError for two models that have no room together, however long one waits */
function requireRoomForBoth({ sources, limits: { modelBytes } }: Work, ids: readonly [string, string]): void {
  const bytes = sources.filter(({ id }) => ids.includes(id)).reduce((sum, source) => sum + source.bytes, 0);
  if (bytes <= modelBytes) return;
  throw wrong(
    'unconditional',
    `The models \`${ids[0]}\` and \`${ids[1]}\` take some ${Math.ceil(bytes / 1e6)} MB together, and this server's limit of all models is ${Math.floor(modelBytes / 1e6)} MB; leave unconditional out.`,
  );
}

/**
 * The models that a request is for: its own, and the one that guidance leads away from.
 * @throws RequestError for those that there are not, or that have no room together
 */
function requireModels(work: Work, { model, unconditional }: WritingBody): readonly [string, string?] {
  requireModel(work, model);
  if (typeof unconditional !== 'string') return [model];
  requireModel(work, unconditional, 'unconditional');
  requireRoomForBoth(work, [model, unconditional]);
  return [model, unconditional];
}

/** Opens models, the first and perhaps another, which stay so until they are released. @throws as `ModelPool.acquire` */
async function acquireAll(
  { models }: Work,
  [id, otherId]: readonly [string, string?],
): Promise<{ readonly opened: OpenModel; readonly other?: OpenModel; release(): void }> {
  const { model: opened, release } = await models.acquire(id);
  if (otherId === undefined) return { opened, release };
  try {
    const other = await models.acquire(otherId);
    const releaseBoth = (): void => {
      release();
      other.release();
    };
    return { opened, other: other.model, release: releaseBoth };
  } catch (error) {
    release();
    throw error;
  }
}

/** Texts that a request is for. @throws RequestError for more than are allowed */
function requireCount(body: WritingBody, { rows }: Limits): number {
  const count = countRows(body);
  if (count <= rows) return count;
  throw wrong('n', `A request is for at most ${rows} texts here (prompts × n); ${count} were asked for.`);
}

/** Waits for the end of some texts, then lets others have what they had. */
async function ended({ isFinished, newerThan, version }: Writing, release: () => void): Promise<void> {
  try {
    while (!isFinished()) await newerThan(version());
  } catch {
    // Whoever asked for the texts is told.
  } finally {
    release();
  }
}

/** Begins the texts of a request on a model that is open. */
async function startOn(
  { opened, other }: { readonly opened: OpenModel; readonly other?: OpenModel },
  body: WritingBody,
  { limits, events }: Work,
  signal: AbortSignal,
): Promise<WritingStart> {
  const plan = await planRequest(body, { ...opened, other: other?.model, limits, signal });
  const writing = startWriting(plan, {
    ...opened,
    other: other?.network,
    signal,
    onRow: (row) => events.onRow?.(body.model, row),
  });
  const created = Math.floor(Date.now() / 1000);
  return { id: randomUUID(), created, modelId: body.model, model: opened.model, plan, writing };
}

/** Begins what a request asks for, and gives back what it holds when that has ended. @throws as `Dispatcher.begin` */
async function beginIn(work: Work, body: WritingBody, signal: AbortSignal): Promise<WritingStart> {
  const ids = requireModels(work, body);
  const { limits, underWay } = work;
  const leave = work.admitted.enter(requireCount(body, limits));
  try {
    const acquired = await acquireAll(work, ids);
    const limit = requestLimit(limits.seconds, work.ending.signal);
    const letGo = (): void => {
      limit.clear();
      acquired.release();
    };
    try {
      signal.throwIfAborted();
      const start = await startOn(acquired, body, work, AbortSignal.any([signal, limit.signal]));
      const end = ended(start.writing, () => {
        letGo();
        leave();
      });
      underWay.add(end);
      void end.then(() => underWay.delete(end));
      return start;
    } catch (error) {
      letGo();
      throw error;
    }
  } catch (error) {
    leave();
    throw error;
  }
}

/** Takes requests for texts in. */
export function openDispatcher(sources: readonly ModelSource[], limits: Limits, events: WorkEvents = {}): Dispatcher {
  const models: ModelPool<OpenModel> = modelPool(sources, limits.modelBytes, opening(limits, events));
  const [admitted, ending, underWay] = [admission(limits.queuedRows), new AbortController(), new Set<Promise<void>>()];
  // Each request listens.
  setMaxListeners(0, ending.signal);
  const work: Work = { sources, limits, events, models, admitted, ending, underWay };
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
      await models.dispose();
    },
  };
}
