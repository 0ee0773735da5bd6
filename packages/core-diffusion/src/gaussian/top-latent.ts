import type { RandomStream } from '../random/stream';
import { logNormalCdf, upperNormalQuantile } from './normal';

/** One position's latent to draw the largest entries of. */
export interface TopLatent {
  readonly vocabSize: number;
  /** k: how many entries are drawn, 2 … V − 1. */
  readonly top: number;
  /** α̃ and σ̃ of the Gaussian latent. */
  readonly signal: number;
  readonly noise: number;
  /** 1/τ. */
  readonly inverseTemperature: number;
  /**
   * The hard token when the clean one is among the k largest: the larger of it and the first (`'argmax'`, the default), or
   * always the clean one, as the Duo repository has it (`'clean'`).
   */
  readonly hard?: 'argmax' | 'clean';
}

/** The draws behind one position. */
export interface TopDraws {
  /** [k] in (0, 1]: order statistics of the V − 1 other entries. */
  readonly uniforms: ArrayLike<number>;
  /** The clean token's own standard normal. */
  readonly normal: number;
  /** [k], distinct: which of the V − 1 other tokens has the largest entry, the next … */
  readonly others: ArrayLike<number>;
}

/** The largest entries of softmax(w/τ), and the noisy token. */
export interface TopTokens {
  /** [k], distinct. */
  readonly ids: Int32Array;
  /** [k] ≥ 0, Σ ≤ 1: the rest of the mass is spread over all other tokens. */
  readonly weights: Float64Array;
  readonly token: number;
}

/** The k largest of V − 1 normals with deviation σ̃, descending: each is the largest of those below the one before. */
function largest(uniforms: ArrayLike<number>, others: number, noise: number): Float64Array {
  let log = 0;
  return Float64Array.from(uniforms, (u, j) => {
    log += Math.log(u) / (others - j);
    return noise * upperNormalQuantile(-Math.expm1(log));
  });
}

/** ln E[e^x | x < cut] of a normal with the given deviation. */
const logTailMean = (cut: number, deviation: number): number =>
  (deviation * deviation) / 2 + logNormalCdf((cut - deviation * deviation) / deviation) - logNormalCdf(cut / deviation);

/**
 * `count` distinct integers below `range`, every ordered choice as likely as any other: the first of a shuffle, of which only the
 * places that moved are kept. The order matters, since the first is the noisy token; Floyd's algorithm, which the Duo repository
 * has here, gives an even set whose first is never one of the last k − 1.
 */
export function distinctIntegers(count: number, range: number, random: RandomStream): Int32Array {
  const moved = new Map<number, number>();
  const at = (place: number) => moved.get(place) ?? place;
  return Int32Array.from({ length: count }, (_, j) => {
    const place = j + Math.floor(random.uniform() * (range - j));
    const chosen = at(place);
    moved.set(place, at(j));
    return chosen;
  });
}

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/**
 * The k largest entries of a tempered latent softmax((α̃ one(x_0) + σ̃ ε)/τ) without drawing all V: order statistics of the
 * others, the clean token's own entry, and the mean of the tail for the normaliser. In float64.
 * @param clean x_0
 * Source: Duo repository, efficient sampling of the curriculum's soft input.
 */
export function topOfLatent(latent: TopLatent, draws: TopDraws, clean: number): TopTokens {
  const { vocabSize, top, signal, noise, inverseTemperature: scale, hard = 'argmax' } = latent;
  const values = largest(draws.uniforms, vocabSize - 1, noise);
  const own = signal + noise * draws.normal;
  const isIn = own > values[top - 1]!;
  const cut = isIn ? values[top - 2]! : values[top - 1]!;
  const first = values[0]!;
  if (isIn) values[top - 1] = own;
  const tail = Math.log(vocabSize - top - (isIn ? 0 : 1)) + logTailMean(cut * scale, noise * scale);
  const scaled = Array.from(values, (value) => value * scale);
  const normaliser = logSumExp([...scaled, tail, ...(isIn ? [] : [own * scale])]);
  const weights = Float64Array.from(scaled, (value) => Math.exp(value - normaliser));
  if (weights.every((weight) => weight === 0)) weights[0] = 1;
  const ids = Int32Array.from(draws.others, (id) => id + Number(id >= clean));
  if (isIn) ids[top - 1] = clean;
  const keeps = isIn && (hard === 'clean' || own > first);
  return { ids, weights, token: keeps ? clean : ids[0]! };
}
