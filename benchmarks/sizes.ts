/** Networks that the benchmarks share: 0.1, 2 and 15 million weights, and the published models' size. */
export const NETWORKS = {
  small: { vocab: 28, length: 12, hidden: 64, blocks: 2, heads: 2, cond: 16 },
  middle: { vocab: 64, length: 128, hidden: 192, blocks: 4, heads: 6, cond: 32 },
  large: { vocab: 4096, length: 256, hidden: 384, blocks: 6, heads: 6, cond: 64 },
  full: { vocab: 50258, length: 1024, hidden: 768, blocks: 12, heads: 12, cond: 128 },
} as const;

/** The network of a size, by its name. @throws Error naming the sizes there are */
export function networkOf(size: string): (typeof NETWORKS)[keyof typeof NETWORKS] {
  if (!Object.hasOwn(NETWORKS, size))
    throw new Error(`there is no size ${size}; there are ${Object.keys(NETWORKS).join(', ')}`);
  return NETWORKS[size as keyof typeof NETWORKS];
}
