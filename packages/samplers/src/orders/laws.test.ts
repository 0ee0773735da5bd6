import { chiSquare } from '@idlm/core-diffusion/choices';
import { mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { sampleAll } from '../sample';
import type { Denoise, Sampler } from '../sampler';
import { confidenceThreshold } from './confidence-threshold';
import { entropyBounded } from './entropy-bounded';
import { maskgit } from './maskgit';
import { topKMargin } from './top-k-margin';

const [LENGTH, TOKENS] = [3, 3];
const MASK = TOKENS;
const STATES = TOKENS ** LENGTH;
/**
 * p* of all sequences of three tokens in thousandths, the first token most significant. Where the likeliest token is furthest ahead of the
 * second is elsewhere than where it is likeliest, so that orders make other laws.
 */
const JOINT = [
  [101, 28, 13, 111, 25, 21, 16, 6, 9],
  [26, 108, 17, 18, 114, 12, 24, 25, 9],
  [19, 27, 115, 14, 11, 109, 5, 10, 7],
]
  .flat()
  .map((count) => count / 1000);
const family = mdlm({ vocabSize: TOKENS + 1, maskId: MASK });

/** Tokens of a number that is written with so many digits. */
const digitsOf = (state: number, base: number): number[] =>
  Array.from({ length: LENGTH }, (_, place) => Math.floor(state / base ** (LENGTH - 1 - place)) % base);
/** The number that they write. */
const stateOf = (tokens: ArrayLike<number>, base: number): number =>
  Array.from(tokens).reduce((state, token) => state * base + token, 0);

/** Probabilities of the tokens at a position, given what is written elsewhere. */
function exact(tokens: readonly number[], position: number): number[] {
  const law = new Array<number>(TOKENS).fill(0);
  JOINT.forEach((p, state) => {
    const whole = digitsOf(state, TOKENS);
    if (tokens.every((token, i) => i === position || token === MASK || token === whole[i])) law[whole[position]!]! += p;
  });
  const total = law.reduce((a, b) => a + b);
  return law.map((p) => p / total);
}

/** The logits of the tokens at each position of all rows that there are, masks among them; thousands of rows are alike. */
const known = Array.from({ length: (TOKENS + 1) ** LENGTH }, (_, row) =>
  [0, 1, 2].map((position) => exact(digitsOf(row, TOKENS + 1), position).map(Math.log)),
);

const denoise: Denoise = async ({ tokens, positions }) => {
  const logits = new Float64Array(positions.length * (TOKENS + 1)).fill(4);
  positions.forEach((position, n) => {
    const start = position - (position % LENGTH);
    const row = stateOf(tokens.subarray(start, start + LENGTH), TOKENS + 1);
    logits.set(known[row]![position - start]!, n * (TOKENS + 1));
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
const margin: Choice = (masked, due) => {
  const lead = ({ law }: Masked) => {
    const [first, second] = [...law].sort((a, b) => b - a);
    return first! - second!;
  };
  return [[by(masked, lead).slice(0, due), 1]];
};
/** What a margin would be without the second token: no sampler's choice. */
const likeliest: Choice = (masked, due) => [[by(masked, ({ law }) => Math.max(...law)).slice(0, due), 1]];
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
  const law = new Float64Array(STATES);
  const descend = (tokens: readonly number[], step: number, weight: number): void => {
    const open = [0, 1, 2].filter((position) => tokens[position] === MASK);
    if (!open.length) {
      law[stateOf(tokens, TOKENS)]! += weight;
      return;
    }
    const left = Math.round(LENGTH * (1 - family.schedule.alpha(grid[step]!)));
    if (open.length <= left) {
      descend(tokens, step + 1, weight);
      return;
    }
    for (let drawn = 0; drawn < TOKENS ** open.length; drawn++) {
      const masked = open.map((position, n): Masked => {
        return { position, law: exact(tokens, position), token: Math.floor(drawn / TOKENS ** n) % TOKENS };
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

/** Two steps write two positions and then one, or one and then two; three write one each, which is exact in any order. */
const GRIDS = { two: [1, 0.4, 0], late: [1, 0.7, 0], three: Array.from(timeGrid(3, { to: 0 })), one: [1, 0] };
const cases: [name: string, sampler: Sampler, choice: Choice, grid: readonly number[]][] = [
  ['confidence-threshold at 0.34', confidenceThreshold({ threshold: 0.34 }), threshold(0.34), GRIDS.one],
  ['confidence-threshold at 0.9', confidenceThreshold({ threshold: 0.9 }), threshold(0.9), GRIDS.two],
  ['top-k-margin in two steps', topKMargin(), margin, GRIDS.two],
  ['top-k-margin, one position first', topKMargin(), margin, GRIDS.late],
  ['top-k-margin in three', topKMargin(), margin, GRIDS.three],
  ['entropy-bounded at 1', entropyBounded({ bound: 1 }), bounded(1), GRIDS.one],
  ['entropy-bounded at 2.1', entropyBounded({ bound: 2.1 }), bounded(2.1), GRIDS.one],
  ['entropy-bounded at 0', entropyBounded({ bound: 0 }), bounded(0), GRIDS.three],
  ['maskgit in two steps', maskgit(), annealed(4.5), GRIDS.two],
  ['maskgit with little noise', maskgit({ noise: 0.4 }), annealed(0.4), GRIDS.two],
  ['maskgit with little noise, one position first', maskgit({ noise: 0.4 }), annealed(0.4), GRIDS.late],
];

/** The 0.999 quantile of chi-square with 26 degrees of freedom; seeds are fixed. */
const LIMIT = 54.1;

const statistic = async (sampler: Sampler, law: Float64Array, grid: readonly number[]): Promise<number> => {
  const environment = { denoise, family, timeConditioned: false, random: randomStream(8) };
  const { tokens } = await sampleAll({ sampler, environment, batch: 3000, length: LENGTH, grid });
  const counts = new Int32Array(STATES);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[stateOf(tokens.subarray(i, i + LENGTH), TOKENS)]!++;
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
  for (const grid of [GRIDS.two, GRIDS.late])
    expect(await statistic(topKMargin(), lawOf(likeliest, grid), grid)).toBeGreaterThan(LIMIT);
  expect(
    await statistic(confidenceThreshold({ threshold: 0.65 }), Float64Array.from(JOINT), GRIDS.one),
  ).toBeGreaterThan(LIMIT);
});
