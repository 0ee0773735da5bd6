import { type MergedNetwork, mergeCalls } from '../batching/merged-network';
import type { ModelPool } from '../models/model-pool';
import type { ModelSource, ServedModel } from '../models/served-model';
import type { Limits } from '../requests/limits';
import { RequestError, wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import { type Semaphore, semaphore } from '../semaphore';
import type { WorkEvents } from './work-events';

/** A model that is open, with what its texts share. */
export interface OpenModel {
  readonly model: ServedModel;
  readonly network: MergedNetwork;
  readonly semaphore: Semaphore;
  dispose(): void;
}

/** Opens models, each with a network that merges the calls of its texts. */
export const opening =
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

/** Models that can be opened. */
export interface Models {
  readonly sources: readonly ModelSource[];
  readonly limits: Limits;
  readonly models: ModelPool<OpenModel>;
}

/** The model of a request, and the one that guidance leads away from, where that is another. */
export interface OpenModels {
  readonly opened: OpenModel;
  readonly other?: OpenModel;
}

/** Those that stay open until they are released. */
interface AcquiredModels extends OpenModels {
  release(): void;
}

/** @throws RequestError for a model that there is not */
export function requireModel({ sources }: Models, id: string, param = 'model'): void {
  if (sources.some((source) => source.id === id)) return;
  throw new RequestError(404, `The model \`${id}\` does not exist.`, { param, code: 'model_not_found' });
}

/** @throws RequestError for two models that have no room together, however long one waits */
function requireRoomForBoth({ sources, limits: { modelBytes } }: Models, ids: readonly [string, string]): void {
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
export function requireModels(work: Models, { model, unconditional }: WritingBody): readonly [string, string?] {
  requireModel(work, model);
  if (typeof unconditional !== 'string') return [model];
  requireModel(work, unconditional, 'unconditional');
  requireRoomForBoth(work, [model, unconditional]);
  return [model, unconditional];
}

/** Opens models, the first and perhaps another, which stay so until they are released. @throws as `ModelPool.acquire` */
export async function acquireAll(
  { models }: Models,
  [id, otherId]: readonly [string, string?],
): Promise<AcquiredModels> {
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
