import {
  type Family,
  type Feeds,
  type RandomStream,
  type TokenBatch,
  gaussianToUniform,
  intFeed,
  signalFeeds,
} from '@idlm/core-diffusion';

/** What all states of one Gaussian trajectory share, per token [B·L]. */
export interface TrajectoryDraws {
  /** How early the clean token gives way: it stands as long as this is below its chance to stand. */
  readonly frailty: ArrayLike<number>;
  /** The token that then takes its place, never the clean one. */
  readonly other: Int32Array;
}

/**
 * The draws of Duo's trajectories, two numbers a token where the latent has V: with one noise ε at all times, argmax(α̃ one(x_0)
 * + σ̃ ε) is x_0 while α̃/σ̃ > max_{v≠x_0} ε_v − ε_{x_0}, and from then on the v of that maximum. The difference crosses
 * α̃/σ̃ with the operator's probability, and every v is as likely; so one uniform and one token have the same law.
 */
export function drawTrajectory({ ids }: TokenBatch, vocabSize: number, random: RandomStream): TrajectoryDraws {
  const frailty = random.split('frailty').uniforms(ids.length);
  const other = random.split('other').integers(ids.length, vocabSize - 1);
  return { frailty, other: other.map((token, i) => token + Number(token >= ids[i]!)) };
}

/**
 * The state of a trajectory as feeds of the uniform process.
 * @param standing chance of each row's clean tokens to stand, on the scale of `frailty`
 */
export function stateOf(
  { frailty, other }: TrajectoryDraws,
  standing: ArrayLike<number>,
  batch: TokenBatch,
  valid?: Uint8Array,
) {
  const moved = Int32Array.from(frailty, (value, i) =>
    Number(!(value < standing[Math.floor(i / batch.length)]!) && (valid ? valid[i] === 1 : true)),
  );
  return { moved: intFeed(moved), replacement: intFeed(other) } satisfies Feeds;
}

/** α(t) of the Gaussian path of a family that has one (Duo), through the transformation operator. */
function gaussianAlpha({ spec: { options = {} }, process }: Family): ((t: number) => number) | undefined {
  const [from, to] = [options['gammaMin'], options['gammaMax']];
  if (typeof from !== 'number' || typeof to !== 'number') return undefined;
  const operator = gaussianToUniform(process.vocabSize);
  return (t) => operator(from + t * (to - from)).alpha;
}

/**
 * States of a batch at several times along one trajectory of its family: as feeds of the family's noise, for hard tokens.
 * Duo's have one Gaussian noise; other families draw the same uniforms at each time, which nests the earlier state in the
 * later.
 * @param batch with 0 in `valid` where tokens stay
 * @returns the feeds at given times [B], in [0, 1]
 */
export function trajectory(
  family: Family,
  batch: TokenBatch & { readonly valid?: Uint8Array },
  random: RandomStream,
): (times: Float64Array) => Feeds {
  const { vocabSize } = family.process;
  const alphaAt = gaussianAlpha(family);
  // A stream of the same name each time: the same draws.
  if (!alphaAt) return (times) => family.noise(batch, times, random.split('noise'), { valid: batch.valid });
  const draws = drawTrajectory(batch, vocabSize, random);
  return (times) => {
    const alpha = times.map(alphaAt);
    const levels = { alpha, dAlpha: new Float64Array(alpha.length) };
    const standing = alpha.map((value) => value + (1 - value) / vocabSize);
    return {
      ...signalFeeds(batch, levels, vocabSize, { valid: batch.valid }),
      ...stateOf(draws, standing, batch, batch.valid),
    };
  };
}
