/**
 * Most logits that one call of a network makes, where slots or batch rows can be taken apart: 2²⁶, a quarter of a gigabyte in float32, which is
 * one row of 1024 tokens of GPT-2's vocabulary. Backends hold them two or three times over while they are made and read.
 */
export const LOGITS_AT_ONCE = 2 ** 26;

/** How many slots or batch rows of so many logits each are together at most `most` (default `LOGITS_AT_ONCE`); at least one. */
export const countAtOnce = (logitsOfEach: number, most = LOGITS_AT_ONCE): number =>
  Math.max(1, Math.floor(most / Math.max(1, logitsOfEach)));

/**
 * Most logits of one part, where a loss computes them for some positions at a time: 12 MiB. A loss and its gradient hold a dozen of
 * that size, and several losses may be computed at once; 60 slots of 50,258 logits still are a product worth its threads.
 */
export const LOGITS_OF_PART = 3 * 2 ** 20;

/** Logits up to which a loss computes all at once: 128 MiB. */
export const FEW_LOGITS = 2 ** 25;

/** Slots of one part. */
export const slotsPerPart = (vocabSize: number, logits = LOGITS_OF_PART): number =>
  Math.max(1, Math.floor(logits / vocabSize));
