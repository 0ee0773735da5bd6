/** Index of the largest entry; the lowest of several. */
export const argMax = (row: Float64Array): number => row.reduce((best, value, v) => (value > row[best]! ? v : best), 0);
