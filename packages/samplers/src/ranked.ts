/** Indices of values, the largest first; of equal ones the first. */
export const ranked = (values: ArrayLike<number>): number[] =>
  Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
