import { InputError } from '@idlm/core-diffusion';

/** MAUVE and the numbers reported with it. */
export interface Mauve {
  /** Area under the divergence frontier, in (0, 1]; 1 for equal distributions. */
  readonly mauve: number;
  /** Frontier integral, ≥ 0; 0 for equal distributions. */
  readonly frontierIntegral: number;
}

const kullbackLeibler = (p: ArrayLike<number>, q: ArrayLike<number>): number =>
  Array.from(p).reduce((sum, value, i) => (value > 0 ? sum + value * Math.log(value / q[i]!) : sum), 0);

/** Trapezoid area of y over x, points sorted by x. */
function area(points: readonly (readonly [number, number])[]): number {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return sorted.slice(1).reduce((sum, [x, y], i) => sum + ((x - sorted[i]![0]) * (y + sorted[i]![1])) / 2, 0);
}

/** 2 Σ f(p, q) with the closed form of each term. */
function frontierIntegral(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const term = (a: number, b: number): number => {
    if (a === 0 && b === 0) return 0;
    if (a === 0) return b / 4;
    if (b === 0) return a / 4;
    if (Math.abs(a - b) <= 1e-8) return 0;
    return (a + b) / 4 - (a * b * (Math.log(a) - Math.log(b))) / (2 * (a - b));
  };
  return 2 * Array.from(p).reduce((sum, value, i) => sum + term(value, q[i]!), 0);
}

/**
 * MAUVE from two histograms over the same buckets: the area under (e^{−5 KL(q|r)}, e^{−5 KL(p|r)}) for mixtures r of both.
 * Source: Pillutla et al. (arXiv 2102.01454), with the 25 mixtures and scale 5 of the reference implementation.
 * @example
 * ```ts
 * import { mauveFromHistograms } from '@idlm/evaluation';
 *
 * console.log(mauveFromHistograms([0.5, 0.5], [0.5, 0.5]).mauve.toFixed(3)); // → 1.000
 * console.log(mauveFromHistograms([0.9, 0.1], [0.1, 0.9]).mauve.toFixed(3)); // → 0.083
 * ```
 */
export function mauveFromHistograms(p: ArrayLike<number>, q: ArrayLike<number>): Mauve {
  const inner = Array.from({ length: 25 }, (_, i) => {
    const w = 1e-6 + ((1 - 2e-6) * i) / 24;
    const mixture = Array.from(p, (value, k) => w * value + (1 - w) * q[k]!);
    return [Math.exp(-5 * kullbackLeibler(q, mixture)), Math.exp(-5 * kullbackLeibler(p, mixture))] as const;
  });
  const points = [...inner, [1, 0] as const, [0, 1] as const];
  const flipped = points.map(([x, y]) => [y, x] as const);
  return { mauve: (area(points) + area(flipped)) / 2, frontierIntegral: frontierIntegral(p, q) };
}

/** Rows scaled to unit length. */
const normaliseRows = (rows: readonly (readonly number[])[]): number[][] =>
  rows.map((row) => {
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  });

/**
 * MAUVE from features of two sets of texts (any function gives them): unit rows, PCA to 90 % of the variance, k-means.
 * @param buckets number of clusters; by default a tenth of the smaller set, at least 2
 * @param seed of the clustering
 * @throws InputError if a set has fewer than 2 rows
 */
export async function mauve(
  pFeatures: readonly (readonly number[])[],
  qFeatures: readonly (readonly number[])[],
  { buckets, seed = 25 }: { readonly buckets?: number; readonly seed?: number } = {},
): Promise<Mauve> {
  const least = Math.min(pFeatures.length, qFeatures.length);
  if (least < 2) throw new InputError(`MAUVE compares at least 2 texts with 2; ${least} were given.`);
  // They are some 260 files, which nobody loads who does not come here.
  const [{ kmeans }, { PCA }] = await Promise.all([import('ml-kmeans'), import('ml-pca')]);
  const rows = normaliseRows([...qFeatures, ...pFeatures]);
  // Of many texts, singular values take far longer than those of the covariance, whose size is that of the features.
  const pca = new PCA(rows, { method: rows.length > rows[0]!.length ? 'covarianceMatrix' : 'SVD' });
  const kept = pca.getCumulativeVariance().findIndex((share) => share >= 0.9) + 1;
  const projected = pca.predict(rows, { nComponents: Math.max(1, kept) }).to2DArray();
  const count = buckets ?? Math.max(2, Math.round(least / 10));
  const { clusters } = kmeans(projected, count, { seed, maxIterations: 500 });
  const histogram = (labels: readonly number[]) =>
    Array.from({ length: count }, (_, k) => labels.filter((label) => label === k).length / labels.length);
  return mauveFromHistograms(
    histogram(clusters.slice(qFeatures.length)),
    histogram(clusters.slice(0, qFeatures.length)),
  );
}
