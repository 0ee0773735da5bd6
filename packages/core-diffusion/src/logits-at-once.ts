/**
 * Most logits that one call of a network makes, where rows can be taken apart: 2²⁷, half a gigabyte in float32. Backends hold them
 * two or three times over while they are made and read.
 */
export const LOGITS_AT_ONCE = 2 ** 27;

/** Rows of so many logits each that together are at most `most` (default `LOGITS_AT_ONCE`), at least one. */
export const rowsOfLogits = (perRow: number, most = LOGITS_AT_ONCE): number =>
  Math.max(1, Math.floor(most / Math.max(1, perRow)));

/**
 * Most logits of one part, where a loss computes them for some positions at a time: 64 MiB. Even parts are then above 32 MiB, and
 * memory allocators hand blocks of that size back as soon as they are free.
 */
const LOGITS_OF_PART = 2 ** 24;

/** Logits up to which a loss computes all at once. */
export const FEW_LOGITS = 2 * LOGITS_OF_PART;

/** Rows of one part. */
export const rowsOfPart = (vocabSize: number, logits = LOGITS_OF_PART): number =>
  Math.max(1, Math.floor(logits / vocabSize));
