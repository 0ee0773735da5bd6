import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { chiSquare } from '../conformance/chi-square';
import { sampleAll } from '../sample';
import type { Denoise, Sampler } from '../sampler';
import { confidenceThreshold } from './confidence-threshold';
import { entropyBounded } from './entropy-bounded';
import { maskgit } from './maskgit';
import { topKMargin } from './top-k-margin';

const [LENGTH, MASK] = [3, 2];
/** p* of all sequences of three bits, the first most significant. */
const JOINT = [0.27, 0.05, 0.02, 0.13, 0.06, 0.21, 0.15, 0.11];
const family = mdlm({ vocabSize: 3, maskId: MASK });

const bitsOf = (state: number): number[] => [state >> 2, (state >> 1) & 1, state & 1];
/** Probabilities of both bits at a position, given what is written elsewhere. */
function exact(tokens: readonly number[], position: number): number[] {
  const law = [0, 0];
  JOINT.forEach((p, state) => {
    const bits = bitsOf(state);
    if (tokens.every((token, i) => i === position || token === MASK || token === bits[i])) law[bits[position]!]! += p;
  });
  const total = law[0]! + law[1]!;
  return law.map((p) => p / total);
}

/** The logits of both bits at each position of the 27 rows that there are, by row and position; thousands of rows are alike. */
const known = Array.from({ length: 27 * LENGTH }, (_, key) => {
  const [row, position] = [Math.floor(key / LENGTH), key % LENGTH];
  return exact([Math.floor(row / 9), Math.floor(row / 3) % 3, row % 3], position).map(Math.log);
});

const denoise: Denoise = async ({ tokens, positions }) => {
  const logits = new Float64Array(positions.length * 3).fill(4);
  positions.forEach((position, n) => {
    const start = position - (position % LENGTH);
    const row = 9 * tokens[start]! + 3 * tokens[start + 1]! + tokens[start + 2]!;
    logits.set(known[LENGTH * row + position - start]!, n * 3);
  });
  return logits;
};

/** A position that is masked, as an order sees it. */
interface Masked {
  readonly position: number;
  readonly law: readonly number[];
  readonly token: number;
}
/** Sets of positions that may be written at a call, with their chances. */
type Choice = (masked: readonly Masked[], due: number, t: number) => readonly (readonly [Masked[], number])[];

const entropy = ({ law }: Masked) => law.reduce((sum, p) => sum - p * Math.log(p), 0);
const by = (masked: readonly Masked[], value: (one: Masked) => number) =>
  [...masked].sort((a, b) => value(b) - value(a));

const threshold =
  (limit: number): Choice =>
  (masked) => {
    const confidence = ({ law, token }: Masked) => law[token]!;
    const above = masked.filter((one) => confidence(one) > limit);
    return [[above.length ? above : by(masked, confidence).slice(0, 1), 1]];
  };
const margin: Choice = (masked, due) => [[by(masked, ({ law }) => Math.abs(law[0]! - law[1]!)).slice(0, due), 1]];
const bounded =
  (bound: number): Choice =>
  (masked) => {
    const rising = by(masked, (one) => -entropy(one));
    const allowed = rising.filter((_, last) => {
      const some = rising.slice(0, last + 1).map(entropy);
      return some.reduce((a, b) => a + b) - Math.max(...some) <= bound;
    });
    return [[allowed, 1]];
  };
/** Positions without replacement by weight p^{1/(noise t)}: the largest of logarithms with Gumbel noise. */
const annealed =
  (noise: number): Choice =>
  (masked, due, t) => {
    const weight = ({ law, token }: Masked) => law[token]! ** (1 / (noise * t));
    const draws = (left: readonly Masked[], count: number): [Masked[], number][] =>
      count === 0
        ? [[[], 1]]
        : left.flatMap((one) => {
            const share = weight(one) / left.reduce((sum, other) => sum + weight(other), 0);
            const others = draws(
              left.filter((other) => other !== one),
              count - 1,
            );
            return others.map(([rest, p]): [Masked[], number] => [[one, ...rest], share * p]);
          });
    return t === 0 || masked.length === due ? [[[...masked], 1]] : draws(masked, due);
  };

/** The law of finished sequences, by enumeration of all tokens drawn and all positions chosen. */
function lawOf(choice: Choice, grid: readonly number[]): Float64Array {
  const law = new Float64Array(8);
  const descend = (tokens: readonly number[], step: number, weight: number): void => {
    const open = [0, 1, 2].filter((position) => tokens[position] === MASK);
    if (!open.length) {
      law[4 * tokens[0]! + 2 * tokens[1]! + tokens[2]!]! += weight;
      return;
    }
    const left = Math.round(LENGTH * (1 - family.schedule.alpha(grid[step]!)));
    if (open.length <= left) {
      descend(tokens, step + 1, weight);
      return;
    }
    for (let drawn = 0; drawn < 2 ** open.length; drawn++) {
      const masked = open.map((position, n): Masked => {
        return { position, law: exact(tokens, position), token: (drawn >> n) & 1 };
      });
      const chance = masked.reduce((product, one) => product * one.law[one.token]!, weight);
      for (const [chosen, p] of choice(masked, open.length - left, grid[step]!)) {
        const next = [...tokens];
        for (const { position, token } of chosen) next[position] = token;
        if (p > 0) descend(next, step, chance * p);
      }
    }
  };
  descend([MASK, MASK, MASK], 1, 1);
  return law;
}

const GRIDS = { two: [1, 0.4, 0], three: Array.from(timeGrid(3, { to: 0 })), one: [1, 0] };
const cases: [name: string, sampler: Sampler, choice: Choice, grid: readonly number[]][] = [
  ['confidence-threshold at 0.65', confidenceThreshold({ threshold: 0.65 }), threshold(0.65), GRIDS.one],
  ['confidence-threshold at 0.9', confidenceThreshold({ threshold: 0.9 }), threshold(0.9), GRIDS.two],
  ['top-k-margin in two steps', topKMargin(), margin, GRIDS.two],
  ['top-k-margin in three', topKMargin(), margin, GRIDS.three],
  ['entropy-bounded at 0.65', entropyBounded({ bound: 0.65 }), bounded(0.65), GRIDS.one],
  ['entropy-bounded at 0', entropyBounded({ bound: 0 }), bounded(0), GRIDS.three],
  ['maskgit in two steps', maskgit(), annealed(4.5), GRIDS.two],
  ['maskgit with little noise', maskgit({ noise: 0.4 }), annealed(0.4), GRIDS.three],
];

/** The 0.999 quantile of chi-square with 7 degrees of freedom; seeds are fixed. */
const LIMIT = 24.3;

const statistic = async (sampler: Sampler, law: Float64Array, grid: readonly number[]): Promise<number> => {
  const environment = { denoise, family, timeConditioned: false, random: randomStream(8) };
  const { tokens } = await sampleAll({ sampler, environment, batch: 3000, length: LENGTH, grid });
  const counts = new Int32Array(8);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[4 * tokens[i]! + 2 * tokens[i + 1]! + tokens[i + 2]!]!++;
  return chiSquare(counts, law);
};

describe.each(cases)('%s', (_, sampler, choice, grid) => {
  it('has the law that its order makes, by enumeration', async () => {
    const law = lawOf(choice, grid);
    expect(law.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(await statistic(sampler, law, grid)).toBeLessThan(LIMIT);
  });
});

it('tells these laws from one another, and from that of the data', async () => {
  const law = lawOf(annealed(4.5), GRIDS.two);
  expect(await statistic(maskgit({ noise: 0 }), law, GRIDS.two)).toBeGreaterThan(LIMIT);
  expect(await statistic(topKMargin(), law, GRIDS.two)).toBeGreaterThan(LIMIT);
  expect(
    await statistic(confidenceThreshold({ threshold: 0.65 }), Float64Array.from(JOINT), GRIDS.one),
  ).toBeGreaterThan(LIMIT);
});
