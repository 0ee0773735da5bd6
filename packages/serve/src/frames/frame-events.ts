import type { Snapshot } from '@idlm/client';
import { serverSentEvent } from '../events/event-stream';
import { failureOf } from '../requests/failure';
import type { WritingStart } from '../writing/begin';
import { factsOf, usageOf } from '../writing/usage';
import { changesOf, piecesOf, snapshotOf } from './row-snapshots';

/** All texts as they stand. */
function snapshot(start: WritingStart, pieceOf: ReturnType<typeof piecesOf>): Snapshot {
  const { id, created, modelId, plan, writing } = start;
  return {
    ...{ id, object: 'frames', created, model: modelId, diffusion: factsOf(plan) },
    rows: writing.rows.map((_, index) => snapshotOf(start, index, pieceOf)),
  };
}

/**
 * The events of a connection to texts that are being written: all of them as they stand, then what changes. A connection that is slow to
 * read is told several steps in one event. Ids of events count the changes that they bring up to, so that `last` says what a reader has
 * seen: it is told no snapshot where nothing has changed since.
 */
export async function* frameEvents(start: WritingStart, last?: string): AsyncGenerator<string, void> {
  const { plan, writing } = start;
  const pieceOf = piecesOf(start.model);
  let version = writing.version();
  let told = [...writing.rows];
  if (last !== String(version))
    yield serverSentEvent({ event: 'snapshot', id: String(version), data: snapshot(start, pieceOf) });
  try {
    for (;;) {
      if (version === writing.version() && !writing.isFinished()) await writing.newerThan(version);
      const [now, current, isFinished] = [writing.version(), [...writing.rows], writing.isFinished()];
      const rows = current.flatMap((row, index) => changesOf(row, told[index]!, index, pieceOf) ?? []);
      [version, told] = [now, current];
      if (rows.length) yield serverSentEvent({ event: 'changes', id: String(version), data: { rows } });
      if (isFinished) break;
    }
    yield serverSentEvent({ event: 'end', id: String(version), data: { usage: usageOf(plan, writing.rows) } });
  } catch (error) {
    yield serverSentEvent({ event: 'error', id: String(version), data: { error: failureOf(error).body } });
  }
}
