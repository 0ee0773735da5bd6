/** The batch row b of a flat position b·L + l in rows of L tokens. */
export const batchRowOf = (position: number, length: number): number => Math.floor(position / length);
