import type { ErrorBody, FinishReason, Usage, WritingFacts } from './answers';

/** A text piece of a token; null where it is still noise: a mask. */
export type Piece = string | null;

/** A token that changed: its position in the text, its id, and its piece. */
export type TokenChange = readonly [position: number, token: number, piece: Piece];

/** How far a text is. */
export interface RowProgress {
  /** Which of the texts, from 0. */
  readonly row: number;
  /** Steps that it has taken. */
  readonly step: number;
  /** Time of the diffusion, from 1 (noise) to 0. */
  readonly t: number;
  /** Calls of the network so far, which followed one another. */
  readonly network_calls: number;
  /** The finished text without its prompt; there once it is finished. */
  readonly text?: string;
  readonly finish_reason?: FinishReason;
}

/** A text as it stands, whole. */
export interface RowSnapshot extends RowProgress {
  /** Ids of all of its positions. */
  readonly tokens: readonly number[];
  readonly pieces: readonly Piece[];
  /** Positions that were given, and do not change. */
  readonly given: readonly number[];
}

/** First event of a connection: all texts as they stand. */
export interface Snapshot {
  readonly id: string;
  readonly object: 'frames';
  readonly created: number;
  readonly model: string;
  readonly diffusion: WritingFacts;
  readonly rows: readonly RowSnapshot[];
}

/** What has changed since the event before. */
export interface Changes {
  readonly rows: readonly (RowProgress & { readonly changes: readonly TokenChange[] })[];
}

/** Last event: all texts are finished. */
export interface Ending {
  readonly usage: Usage;
}

/** An event of `POST /v1/frames` and `GET /v1/frames/{id}`; `id` is what `Last-Event-ID` names. */
export type FramesEvent =
  | { readonly event: 'snapshot'; readonly id: string; readonly data: Snapshot }
  | { readonly event: 'changes'; readonly id: string; readonly data: Changes }
  | { readonly event: 'end'; readonly id: string; readonly data: Ending }
  | { readonly event: 'error'; readonly id: string; readonly data: { readonly error: ErrorBody } };
