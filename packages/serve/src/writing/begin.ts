import { randomUUID } from 'node:crypto';
import type { ServedModel } from '../models/served-model';
import type { Patterns } from '../patterns/patterns';
import type { Admission } from '../requests/admission';
import type { Limits } from '../requests/limits';
import { wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import { type Models, type OpenModels, acquireAll, requireModels } from './open-models';
import type { WritingPlan } from './plan';
import { planRequest } from './plan-request';
import { countRows } from './plan-rows';
import { requestLimit } from './request-limit';
import type { WorkEvents } from './work-events';
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

/** What requests for texts share: the models, the limit of queued rows, and what is under way. */
export interface Work extends Models {
  readonly events: WorkEvents;
  readonly patterns: Patterns;
  readonly admitted: Admission;
  /** Ends all that is under way. */
  readonly ending: AbortController;
  readonly underWay: Set<Promise<void>>;
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
  { opened, other }: OpenModels,
  body: WritingBody,
  { limits, events, patterns }: Work,
  signal: AbortSignal,
): Promise<WritingStart> {
  const plan = await planRequest(body, { ...opened, other: other?.model, limits, patterns, signal });
  const writing = startWriting(plan, {
    ...opened,
    other: other?.network,
    signal,
    onRow: (row) => events.onRow?.(body.model, row),
  });
  const created = Math.floor(Date.now() / 1000);
  return { id: randomUUID(), created, modelId: body.model, model: opened.model, plan, writing };
}

/**
 * Begins what a request asks for, and gives back what it holds when that has ended.
 * @param signal ends it at once
 * @throws RequestError for what is refused; what opening a model throws
 */
export async function beginIn(work: Work, body: WritingBody, signal: AbortSignal): Promise<WritingStart> {
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
