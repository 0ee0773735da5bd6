/**
 * Most logits that one call of a network makes, where rows can be taken apart: 2²⁷, half a gigabyte in float32. Backends hold them
 * two or three times over while they are made and read.
 */
export const LOGITS_AT_ONCE = 2 ** 27;

/** Rows of so many logits each that together are at most `most` (default `LOGITS_AT_ONCE`), at least one. */
export const rowsOfLogits = (perRow: number, most = LOGITS_AT_ONCE): number =>
  Math.max(1, Math.floor(most / Math.max(1, perRow)));

/**
 * Most logits of one part, where a loss computes them for some positions at a time: 12 MiB. A loss and its gradient hold a dozen of
 * that size, and several losses may be computed at once; 60 rows of 50,258 logits still are a product worth its threads.
 */
export const LOGITS_OF_PART = 3 * 2 ** 20;

/** Logits up to which a loss computes all at once: 128 MiB. */
export const FEW_LOGITS = 2 ** 25;

/** Rows of one part. */
export const rowsOfPart = (vocabSize: number, logits = LOGITS_OF_PART): number =>
  Math.max(1, Math.floor(logits / vocabSize));
