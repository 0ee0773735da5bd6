import { golden, goldenNames } from '@idlm/tools/golden';
import { gaussianLevel, gaussianToUniform } from '../../gaussian/operator';
import { markBatch } from '../../noise/batch';
import type { Moves } from '../../noise/moves';
import { randomStream } from '../../random/stream';
import { udlm } from '../udlm/udlm';
import { duo } from './duo';
import { type TrajectoryDraws, drawTrajectory, stateOf } from './trajectory';

/** The draws of whole Gaussian noise [B·L, V]: what a trajectory keeps of it, on the scale of α̃/σ̃. */
function drawsOf(ids: Int32Array, noise: ArrayLike<number>): TrajectoryDraws {
  const width = noise.length / ids.length;
  const other = ids.map((id, i) => {
    let best = id === 0 ? 1 : 0;
    for (let v = 0; v < width; v++) if (v !== id && noise[i * width + v]! > noise[i * width + best]!) best = v;
    return best;
  });
  const threshold = Array.from(ids, (id, i) => noise[i * width + other[i]!]! - noise[i * width + id]!);
  return { threshold, other };
}

const tokensOf = ({ moved, replacement }: Moves, ids: Int32Array) =>
  ids.map((id, i) => (moved.values[i] ? replacement.values[i]! : id));

/** α̃/σ̃ at γ. */
const ratio = (gamma: number) => gaussianLevel(gamma).signal / gaussianLevel(gamma).noise;

describe.each(goldenNames('losses/dcd_trajectory'))('%s', (name) => {
  it('has the states of the reference at both times, from two numbers a token', () => {
    const data = golden(name);
    const ids = data.ints('x0');
    const [batch, length] = data.tensor('x0').shape as [number, number];
    const draws = drawsOf(ids, data.numbers('eps'));
    for (const time of ['t', 's']) {
      const standing = data.numbers(`gamma_${time}`).map(ratio);
      expect(tokensOf(stateOf(draws, standing, markBatch({ ids, batch, length })), ids)).toEqual(data.ints(`x${time}`));
    }
  });
});

describe('drawTrajectory', () => {
  it('has the law of the argmax of one Gaussian noise at two levels', () => {
    const [vocabSize, count, late, early] = [4, 40000, -0.8, -1.9];
    const ids = new Int32Array(count).fill(2);
    const batch = markBatch({ ids, batch: 1, length: count });
    const operator = gaussianToUniform(vocabSize);
    const keep = (gamma: number) => operator(gamma).keep;
    const pairs = (draws: TrajectoryDraws, scale: (gamma: number) => number) => {
      const [then, before] = [late, early].map((gamma) => tokensOf(stateOf(draws, [scale(gamma)], batch), ids));
      const counts = new Array<number>(vocabSize ** 2).fill(0);
      then!.forEach((token, i) => counts[token * vocabSize + before![i]!]!++);
      return counts;
    };
    const ours = pairs(drawTrajectory(batch, vocabSize, randomStream(1)), keep);
    const gaussian = pairs(drawsOf(ids, randomStream(2).normals(count * vocabSize)), ratio);
    const statistic = ours.reduce(
      (sum, value, i) => sum + (value + gaussian[i]! ? (value - gaussian[i]!) ** 2 / (value + gaussian[i]!) : 0),
      0,
    );
    // Stand, give way between the levels, or before: 1 + 3 + 3 outcomes, so 6 degrees of freedom; 22.5 at 0.1 %.
    expect(ours.filter(Boolean)).toHaveLength(7);
    expect(statistic).toBeLessThan(22.5);
  });
});

describe('trajectories', () => {
  const ids = Int32Array.from({ length: 24 }, (_, i) => i % 5);
  const batch = markBatch({ ids, batch: 3, length: 8 });
  const times = Float64Array.of(0.2, 0.5, 0.9);

  it('follows Duo’s Gaussian path without a latent, at the operator’s noise', () => {
    const noise = duo({ vocabSize: 5, gamma: [-3, -1] }).trajectory!(batch, randomStream(3))(times);
    expect('normals' in noise).toBe(false);
    const sigma = times.map((t) => -Math.log(gaussianToUniform(5)(-3 + 2 * t).alpha));
    expect(noise.sigma.values).toBeCloseToArray(sigma, { rtol: 1e-6 });
    expect((noise as typeof noise & Moves).replacement.values.every((token, i) => token !== ids[i])).toBe(true);
  });

  it.each([duo({ vocabSize: 5 }), udlm({ vocabSize: 5 })])('leaves prompts alone ($spec.name)', (family) => {
    const valid = Uint8Array.from(ids, (_, i) => Number(i % 8 > 3));
    const { moved } = family.trajectory!(
      { ...batch, valid },
      randomStream(3),
    )(Float64Array.of(1, 1, 1)) as never as Moves;
    expect(moved.values.every((one, i) => one <= valid[i]!)).toBe(true);
    expect(moved.values.some(Boolean)).toBe(true);
  });
});
