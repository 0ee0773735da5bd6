export type {
  Completion,
  CompletionChoice,
  CompletionChunk,
  ErrorBody,
  FinishReason,
  ModelEntry,
  Usage,
  WritingFacts,
} from './answers';
export { type Client, createClient } from './client';
export type { ClientOptions, RequestOptions } from './connection';
export type { FramesOptions } from './follow-frames';
export type {
  Changes,
  Ending,
  FramesEvent,
  Piece,
  RowProgress,
  RowSnapshot,
  Snapshot,
  TokenChange,
} from './frames-protocol';
export { type LiveRow, withEvent } from './live-rows';
export type { CompletionRequest, FramesRequest, Hole, WritingRequest } from './requests';
export { ServerError } from './server-error';
