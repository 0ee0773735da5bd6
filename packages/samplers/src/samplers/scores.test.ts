import {
  type Family,
  cosine,
  d3pm,
  logLinear,
  mdlm,
  randomStream,
  sedd,
  timeGrid,
  udlm,
  uniformD3pm,
} from '@idlm/core-diffusion';
import fc from 'fast-check';
import { temperature, topK } from '../shapers/shapers';
import type { LogitShaper, Sampler, SamplerEnvironment } from '../sampler';
import { analytic } from './analytic';
import { ancestral } from './ancestral';
import { euler } from './euler';

const V = 4;
const mask = V - 1;

/** The unnormalised law of one step from each of `tokens`, for a network that gives every position the same row. */
async function lawsOf(
  sampler: Sampler,
  family: Family,
  output: ArrayLike<number>,
  { tokens = [0, 1, 2, 3], from = 0.7, to = 0.4, shape }: Partial<Request> = {},
): Promise<Map<number, Float64Array>> {
  const laws = new Map<number, Float64Array>();
  const environment: SamplerEnvironment = {
    denoise: async ({ positions }) => Float64Array.from({ length: positions.length * V }, (_, i) => output[i % V]!),
    family,
    timeConditioned: false,
    random: randomStream(1),
    categorical: (weights, _random, position) => {
      laws.set(tokens[position]!, weights.slice());
      return 0;
    },
    shape,
  };
  const state = {
    tokens: Int32Array.from(tokens),
    batch: 1,
    length: tokens.length,
    t: from,
    firstRow: 0,
    networkCalls: 0,
    rowEvaluations: 0,
  };
  await sampler.step(state, from, to, environment);
  return laws;
}
interface Request {
  readonly tokens: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly shape?: LogitShaper;
}

const total = (row: ArrayLike<number>) => Array.from(row).reduce((a, b) => a + b, 0);
const normalised = (row: Float64Array) => row.map((value) => value / total(row));

/** The same network as a score model: log-scores at each noisy token from its x_θ, by the ratio of noisy laws. */
function asScores(family: Family): Family {
  return {
    ...family,
    slotToLogScores(row, current, t) {
      const { process, schedule } = family;
      const alpha = schedule.alpha(t);
      family.slotToLogProbs(row, current, t);
      const clean = row.map(Math.exp);
      const noisy = (v: number) =>
        process.kind === 'uniform' ? alpha * clean[v]! + (1 - alpha) / V : v === mask ? 1 - alpha : alpha * clean[v]!;
      const own = noisy(current);
      for (let v = 0; v < V; v++) row[v] = Math.log(noisy(v) / own);
    },
  };
}

const row = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: V, maxLength: V });
const step = fc
  .tuple(fc.double({ min: 0.02, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.95, noNaN: true }))
  .map(([from, share]) => ({ from, to: from * share }));

const predictsClean: [string, Family][] = [
  ['mdlm', mdlm({ vocabSize: V, maskId: mask })],
  ['mdlm, cosine', mdlm({ vocabSize: V, maskId: mask, schedule: cosine() })],
  ['udlm', udlm({ vocabSize: V })],
];

describe.each(predictsClean)('analytic on %s', (_, family) => {
  it('has the law of ancestral, from x_θ and from its scores', async () => {
    await fc.assert(
      fc.asyncProperty(row, step, async (logits, times) => {
        const exact = await lawsOf(ancestral(), family, logits, times);
        const same = await lawsOf(analytic(), family, logits, times);
        const scores = await lawsOf(analytic(), asScores(family), logits, times);
        expect(exact.size).toBe(family.process.kind === 'uniform' ? V : 1);
        exact.forEach((law, token) => {
          expect(same.get(token)).toEqual(law);
          expect(scores.get(token)).toBeCloseToArray(law, { atol: 1e-9 });
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(predictsClean)('euler on %s', (_, family) => {
  it('is one law from x_θ and from its scores', async () => {
    await fc.assert(
      fc.asyncProperty(row, step, async (logits, times) => {
        const [clean, scores] = [
          await lawsOf(euler(), family, logits, times),
          await lawsOf(euler(), asScores(family), logits, times),
        ];
        clean.forEach((law, token) => expect(scores.get(token)).toBeCloseToArray(law, { rtol: 1e-9, atol: 1e-9 }));
      }),
      { numRuns: 40 },
    );
  });

  it('tends to the law of ancestral as steps shorten', async () => {
    const logits = [0.3, -1, 1.2, 0];
    const apart = async (length: number) => {
      const times = { from: 0.6, to: 0.6 - length };
      const [a, b] = [await lawsOf(euler(), family, logits, times), await lawsOf(ancestral(), family, logits, times)];
      return Math.max(...[...a].map(([token, law]) => Math.max(...law.map((p, v) => Math.abs(p - b.get(token)![v]!)))));
    };
    // A step's error is of second order in its length, and none for log-linear masks.
    const [long, short] = [await apart(0.1), await apart(0.001)];
    expect(short).toBeLessThan(Math.max(1e-12, long / 1000));
    expect(long > 1e-4).toBe(family.spec.name !== 'mdlm' || family.schedule.spec.name !== 'log-linear');
  });
});

/** The law of one token at the end of a grid, by enumeration from the uniform law. */
async function chainLaw(sampler: Sampler, family: Family, output: ArrayLike<number>, grid: ArrayLike<number>) {
  let law = new Float64Array(V).fill(1 / V);
  for (let i = 1; i < grid.length; i++) {
    const rows = await lawsOf(sampler, family, output, { from: grid[i - 1]!, to: grid[i]! });
    const next = new Float64Array(V);
    rows.forEach((weights, token) => normalised(weights).forEach((p, v) => (next[v]! += law[token]! * p)));
    law = next;
  }
  return law;
}

describe('a chain of a lone token, whose x_θ is its law', () => {
  const law = [0.55, 0.3, 0.1, 0.05];
  const family = udlm({ vocabSize: V, schedule: logLinear({ eps: 1e-6 }) });
  const run = (sampler: Sampler, steps: number) =>
    chainLaw(sampler, family, law.map(Math.log), timeGrid(steps, { from: 0.9999, to: 0 }));

  it('ends in that law on any grid by analytic steps, and in many steps by Euler’s', async () => {
    const apart = async (sampler: Sampler, steps: number) =>
      Math.max(...(await run(sampler, steps)).map((p, v) => Math.abs(p - law[v]!)));
    for (const steps of [1, 3, 20]) expect(await apart(analytic(), steps)).toBeLessThan(2e-4);
    expect(await apart(euler(), 1)).toBeGreaterThan(0.1);
    expect(await apart(euler(), 2)).toBeGreaterThan(0.02);
    expect(await apart(euler(), 50)).toBeLessThan(1e-4);
  });

  it('does so by the scores of sedd, under each sampler that draws from scores or from what they imply', async () => {
    const score = sedd({ vocabSize: V, schedule: family.schedule });
    const { slotToLogScores } = asScores(family);
    // A network of exact scores: they depend on the time, so the row is made where the family reads it.
    const exact: Family = {
      ...score,
      slotToLogScores,
      slotToLogProbs(logits, current, t) {
        slotToLogScores!(logits, current, t);
        score.slotToLogProbs(logits, current, t);
      },
    };
    const grid = timeGrid(3, { from: 0.9999, to: 0 });
    for (const sampler of [analytic(), ancestral()])
      expect(await chainLaw(sampler, exact, law.map(Math.log), grid)).toBeCloseToArray(law, { atol: 2e-4 });
  });
});

describe.each([
  ['euler', euler()],
  ['analytic', analytic()],
] as const)('%s from scores', (_, sampler) => {
  const families = [sedd({ vocabSize: V, maskId: mask, scaleBySigma: false }), sedd({ vocabSize: V })] as const;
  const output = [-1.4, -0.6, -2, -1];
  const times = { from: 0.6, to: 0.5, tokens: [mask] };
  const leaving = (law: Float64Array) => 1 - normalised(law)[mask]!;

  it.each(families.map((family) => [family.process.kind, family] as const))(
    'keeps how often tokens move when a shaper changes where to (%s)',
    async (kind, family) => {
      const plain = (await lawsOf(sampler, family, output, times)).get(mask)!;
      for (const shape of [temperature(0.3), topK(1)]) {
        const shaped = (await lawsOf(sampler, family, output, { ...times, shape })).get(mask)!;
        // Uniform Tweedie steps also move by the forward noise between s and t, which no score is part of.
        if (sampler.spec.name === 'euler' || kind === 'absorbing')
          expect(leaving(shaped)).toBeCloseTo(leaving(plain), 12);
        const [before, after] = [plain[1]! / plain[0]!, shaped[1]! / shaped[0]!];
        expect(after).toBeGreaterThan(before * 1.5);
      }
    },
  );

  it('moves surely, and to tokens alone, where scores or steps are too large', async () => {
    const laws = await lawsOf(sampler, families[0], [8, 2, 0, 0], { from: 0.9, to: 0, tokens: [mask] });
    expect(laws.get(mask)![mask]).toBe(0);
    const uniformLaws = await lawsOf(sampler, families[1], [9, -3, 2, 0], { from: 0.9, to: 0 });
    uniformLaws.forEach((law) => {
      expect(law.every((weight) => weight >= 0 && Number.isFinite(weight))).toBe(true);
      expect(total(law)).toBeGreaterThan(0);
    });
  });

  it('heeds the rate of the scores, which ancestral normalises away', async () => {
    const less = output.map((value) => value - 1);
    const [plain, slower] = [
      (await lawsOf(sampler, families[0], output, times)).get(mask)!,
      (await lawsOf(sampler, families[0], less, times)).get(mask)!,
    ];
    expect(leaving(slower) / leaving(plain)).toBeCloseTo(Math.exp(-1), 9);
    const normal = async (row_: number[]) => leaving((await lawsOf(ancestral(), families[0], row_, times)).get(mask)!);
    expect(await normal(less)).toBeCloseTo(await normal(output), 12);
  });
});

describe('at times without any signal', () => {
  const times = { from: 1, to: 0.5 };
  const logits = [1, 0, -1, 0];

  it.each([
    ['euler', euler()],
    ['analytic', analytic()],
  ])('%s steps from masks', async (_, sampler) => {
    const law = (await lawsOf(sampler, d3pm({ vocabSize: V, maskId: mask }), logits, times)).get(mask)!;
    const clean = normalised(Float64Array.of(...logits.slice(0, mask).map(Math.exp)));
    expect(normalised(law)).toBeCloseToArray([...clean.map((p) => p / 2), 0.5], { atol: 1e-12 });
  });

  it('the analytic sampler steps from uniform tokens, and Euler’s refuses an infinite rate', async () => {
    const family = uniformD3pm({ vocabSize: V });
    const laws = await lawsOf(analytic(), family, logits, times);
    laws.forEach((law) => expect(total(law)).toBeCloseTo(1, 12));
    await expect(lawsOf(euler(), family, logits, times)).rejects.toThrow(
      'An Euler step needs a finite rate, and log-linear has none at t = 1; begin the grid below it.',
    );
  });
});
