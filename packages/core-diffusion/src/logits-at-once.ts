/**
 * Most logits that one call of a network makes, where rows can be taken apart: 2²⁷, half a gigabyte in float32. Backends hold them
 * two or three times over while they are made and read.
 */
export const LOGITS_AT_ONCE = 2 ** 27;

/** Rows of so many logits each that together are at most `most` (default `LOGITS_AT_ONCE`), at least one. */
export const rowsOfLogits = (perRow: number, most = LOGITS_AT_ONCE): number =>
  Math.max(1, Math.floor(most / Math.max(1, perRow)));
