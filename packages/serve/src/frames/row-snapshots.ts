import type { Piece, RowProgress, RowSnapshot, TokenChange } from '@idlm/client';
import { FREE } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { WritingStart } from '../writing/begin';
import type { RowState } from '../writing/write-row';

/** Text pieces of tokens. */
export type PieceOf = (token: number) => Piece;

/** Pieces of a model's tokens; a mask, and what is not yet drawn, has none. */
export function piecesOf({ tokenizer, family }: Pick<ServedModel, 'tokenizer' | 'family'>): PieceOf {
  const known = new Map<number, string>();
  return (token) => {
    if (token === FREE || token === family.process.maskId) return null;
    const piece = known.get(token) ?? tokenizer.decode([token]);
    known.set(token, piece);
    return piece;
  };
}

/** How far a text is. */
function progressOf({ step, t, networkCalls, text, finishReason }: RowState, row: number): RowProgress {
  const ended = finishReason === undefined ? {} : { text, finish_reason: finishReason };
  return { row, step, t, network_calls: networkCalls, ...ended };
}

/** A text as it stands, whole. */
export function snapshotOf({ plan, writing }: WritingStart, index: number, pieceOf: PieceOf): RowSnapshot {
  const state = writing.rows[index]!;
  const tokens = Array.from(state.row);
  const given = Array.from(plan.rows[index]!.clamp.keys()).filter((at) => plan.rows[index]!.clamp[at] !== FREE);
  return { ...progressOf(state, index), tokens, pieces: tokens.map(pieceOf), given };
}

/** What has changed of a text; undefined where it is the same state. */
export function changesOf(
  state: RowState,
  before: RowState,
  index: number,
  pieceOf: PieceOf,
): (RowProgress & { readonly changes: readonly TokenChange[] }) | undefined {
  if (state === before) return undefined;
  const changes: TokenChange[] = [];
  state.row.forEach((token, at) => {
    if (token !== before.row[at]) changes.push([at, token, pieceOf(token)]);
  });
  return { ...progressOf(state, index), changes };
}
