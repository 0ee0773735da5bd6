import type { FinishReason } from './answers';
import type { FramesEvent, Piece } from './frames-protocol';

/** A text that is being written, as it stands. */
export interface LiveRow {
  readonly tokens: readonly number[];
  /** The text piece of each position; null where it is still noise. */
  readonly pieces: readonly Piece[];
  /** Positions that were given. */
  readonly given: readonly number[];
  readonly step: number;
  readonly t: number;
  /** Calls of the network so far, which followed one another. */
  readonly networkCalls: number;
  /** Positions that changed last. */
  readonly changed: readonly number[];
  /** The finished text without its prompt, once it is finished. */
  readonly text?: string;
  readonly finishReason?: FinishReason;
}

/** What an event makes of texts: the same rows, those that it tells of replaced. */
export function withEvent(rows: readonly LiveRow[], { event, data }: FramesEvent): readonly LiveRow[] {
  if (event === 'snapshot')
    return data.rows.map(({ tokens, pieces, given, step, t, network_calls, text, finish_reason }) => {
      const ended = text === undefined ? {} : { text, finishReason: finish_reason };
      return { tokens, pieces, given, step, t, networkCalls: network_calls, changed: [], ...ended };
    });
  if (event !== 'changes') return rows;
  const next = [...rows];
  for (const { row, step, t, network_calls, changes, text, finish_reason } of data.rows) {
    const before = next[row]!;
    const [tokens, pieces] = [[...before.tokens], [...before.pieces]];
    for (const [position, token, piece] of changes) [tokens[position], pieces[position]] = [token, piece];
    const ended = text === undefined ? {} : { text, finishReason: finish_reason };
    const changed = changes.map(([position]) => position);
    next[row] = { ...before, tokens, pieces, step, t, networkCalls: network_calls, changed, ...ended };
  }
  return next;
}
