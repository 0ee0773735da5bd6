import { InputError } from '@idlm/core-diffusion/errors';
import { RequestError } from '../requests/request-error';
import type { ModelSource } from './served-model';

/** A model that stays open until it is released. */
interface Acquired<Model> {
  readonly model: Model;
  /** Once is enough. */
  release(): void;
}

/** What models are opened as, with its end. */
interface Opened {
  dispose(): void;
}

interface Entry<Model> {
  readonly source: ModelSource;
  /** The model, or what is becoming of it; undefined while nobody has it open. */
  opened?: Promise<Model>;
  /** How many have acquired it and not released it yet. */
  users: number;
  /** Counts up from acquisition to acquisition: the smallest was acquired longest ago. */
  acquired: number;
}

/** Models that are opened when they are asked for. */
export interface ModelPool<Model> {
  /** Whether it is open, or being opened. */
  isOpen(id: string): boolean;
  /** Memory of those that are open, in bytes. */
  bytes(): number;
  /**
   * Opens a model unless it is open; it stays so until all have released it.
   * @throws RequestError 503 where there is no room for it beside those that are in use; what opening throws
   */
  acquire(id: string): Promise<Acquired<Model>>;
  /** Closes those that are open, those in use too. */
  dispose(): Promise<void>;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** Nothing open yet. @throws InputError for two of one id, and one that has no room alone */
function entriesOf<Model>(sources: readonly ModelSource[], maxBytes: number): ReadonlyMap<string, Entry<Model>> {
  const entries = new Map<string, Entry<Model>>();
  for (const source of sources) {
    if (entries.has(source.id)) throw new InputError(`Two models are called "${source.id}"; give one another name.`);
    if (source.bytes > maxBytes)
      throw new InputError(
        `The model "${source.id}" takes some ${megabytes(source.bytes)} MB, and the limit of all models is ${megabytes(maxBytes)} MB; raise it.`,
      );
    entries.set(source.id, { source, users: 0, acquired: 0 });
  }
  return entries;
}

const openOf = <Model>(entries: Iterable<Entry<Model>>): Entry<Model>[] =>
  [...entries].filter(({ opened }) => opened !== undefined);

/** Memory of those that are open, in bytes. */
const bytesOf = (entries: Iterable<Entry<unknown>>): number =>
  openOf(entries).reduce((sum, { source }) => sum + source.bytes, 0);

async function close(entry: Entry<Opened>): Promise<void> {
  const closing = entry.opened;
  entry.opened = undefined;
  await closing?.then(
    (model) => model.dispose(),
    () => undefined,
  );
}

/** Closes what is in the way. @throws RequestError where those in use leave no room */
async function makeRoom({ source }: Entry<Opened>, entries: readonly Entry<Opened>[], maxBytes: number): Promise<void> {
  const closing: Promise<void>[] = [];
  while (bytesOf(entries) + source.bytes > maxBytes) {
    const [oldest] = openOf(entries)
      .filter((entry) => entry.users === 0)
      .sort((a, b) => a.acquired - b.acquired);
    if (!oldest)
      throw new RequestError(503, `The model "${source.id}" has no room beside those in use; ask again later.`, {
        code: 'model_has_no_room',
        retryAfter: 1,
      });
    closing.push(close(oldest));
  }
  await Promise.all(closing);
}

/** Counts a user of an entry, until they release it. */
function hold(entry: Entry<unknown>): () => void {
  entry.users++;
  let isHeld = true;
  return () => {
    if (isHeld) entry.users--;
    isHeld = false;
  };
}

/**
 * Models by their ids, which take at most so much memory together: for one that has no room, those that nobody uses are closed, the
 * one that was acquired longest ago first.
 * @param open what opens one
 * @throws InputError for two of one id, and one that has no room alone
 */
export function modelPool<Model extends Opened>(
  sources: readonly ModelSource[],
  maxBytes: number,
  open: (source: ModelSource) => Promise<Model>,
): ModelPool<Model> {
  const entries = entriesOf<Model>(sources, maxBytes);
  const all = [...entries.values()];
  let acquisitions = 0;
  return {
    isOpen: (id) => entries.get(id)?.opened !== undefined,
    bytes: () => bytesOf(all),
    async acquire(id) {
      const entry = entries.get(id)!;
      if (!entry.opened) {
        const opening = makeRoom(entry, all, maxBytes).then(() => open(entry.source));
        entry.opened = opening;
        // What could not be opened is tried again by whoever asks next.
        opening.catch(() => {
          if (entry.opened === opening) entry.opened = undefined;
        });
      }
      const release = hold(entry);
      entry.acquired = ++acquisitions;
      try {
        return { model: await entry.opened, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    dispose: async () => void (await Promise.all(all.map(close))),
  };
}
