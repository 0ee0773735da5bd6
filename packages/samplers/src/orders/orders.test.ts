import { InputError, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import { sampleAll } from '../sample';
import type { Denoise, LogitShaper, SampleRequest, Sampler } from '../sampler';
import { samplers } from '../registry';
import { topK } from '../shapers/shapers';
import { confidenceThreshold } from './confidence-threshold';
import { entropyBounded } from './entropy-bounded';
import { maskgit } from './maskgit';
import type { UnmaskingOrder } from './order';
import { sampleInOrder } from './sample-in-order';
import { topKMargin } from './top-k-margin';

const [LENGTH, MASK] = [8, 5];
const family = mdlm({ vocabSize: MASK + 1, maskId: MASK });

/** The further left, the surer; what is written changes a little. */
const denoise: Denoise = async ({ tokens, length, positions }) => {
  const logits = new Float64Array(positions.length * (MASK + 1));
  positions.forEach((position, n) => {
    const place = position % length;
    const before = place > 0 ? tokens[position - 1]! : 0;
    for (let v = 0; v < MASK; v++)
      logits[n * (MASK + 1) + v] = (v === (place + before) % MASK ? 5 : 0.3 * v) / (1 + place / 4);
  });
  return logits;
};
const request = (sampler: Sampler, change: Partial<SampleRequest> = {}): SampleRequest => ({
  sampler,
  environment: { denoise, family, timeConditioned: false, random: randomStream(5) },
  batch: 6,
  length: LENGTH,
  grid: timeGrid(4),
  ...change,
});
const costOf = async (sampler: Sampler, grid: ArrayLike<number>) => {
  const { networkCalls, rowEvaluations } = await sampleAll(request(sampler, { grid }));
  return [networkCalls, rowEvaluations];
};

it('takes as many calls as the grid has steps, or as the text needs', async () => {
  for (const sampler of [maskgit(), topKMargin()]) {
    expect(await costOf(sampler, timeGrid(4))).toEqual([4, 6 * 4]);
    expect(await costOf(sampler, timeGrid(40))).toEqual([LENGTH, 6 * LENGTH]);
  }
  for (const steps of [1, 3, 40]) {
    expect(await costOf(confidenceThreshold({ threshold: 0 }), timeGrid(steps))).toEqual([1, 6]);
    expect(await costOf(confidenceThreshold({ threshold: 1 }), timeGrid(steps))).toEqual([LENGTH, 6 * LENGTH]);
    expect(await costOf(entropyBounded({ bound: 99 }), timeGrid(steps))).toEqual([1, 6]);
    expect(await costOf(entropyBounded({ bound: 0 }), timeGrid(steps))).toEqual([LENGTH, 6 * LENGTH]);
  }
});

it.each([confidenceThreshold(), entropyBounded({ bound: 0.5 })])(
  'writes the same whatever the grid, in $spec.name',
  async (sampler) => {
    const written = await Promise.all(
      [[1, 0], timeGrid(5), timeGrid(50, { spacing: 'cosine' })].map(async (grid) => {
        return (await sampleAll(request(sampler, { grid }))).tokens.join();
      }),
    );
    expect(new Set(written).size).toBe(1);
  },
);

const names = ['confidence-threshold', 'top-k-margin', 'entropy-bounded', 'maskgit'];
it.each(names)('writes rows of different prompts and lengths as alone, in %s', async (name) => {
  const sampler = samplers.create(name);
  // Prompts of 0, 1 and 3 tokens; the second row ends two tokens earlier.
  const rows = [
    [-1, -1, -1, -1, -1, -1, -1, -1],
    [2, -1, -1, -1, -1, -1, 0, 0],
    [1, 4, 3, -1, -1, -1, -1, -1],
  ];
  for (const timeConditioned of [false, true]) {
    const draw = async (clamp: number[], firstRow: number, batch: number) => {
      const { environment } = request(sampler);
      const given = { ...environment, timeConditioned, clamp: Int32Array.from(clamp) };
      return (await sampleAll(request(sampler, { environment: given, batch, firstRow }))).tokens;
    };
    const whole = await draw(rows.flat(), 0, 3);
    const alone = await Promise.all(rows.map((row, r) => draw(row, r, 1)));
    expect(Array.from(whole)).toEqual(alone.flatMap((tokens) => [...tokens]));
    expect(whole.includes(MASK)).toBe(false);
  }
});

it('tells the network the time of a row that is ahead of the grid', async () => {
  const seen: [number, number][] = [];
  const watching: Denoise = (asked) => {
    seen.push([asked.tokens.filter((token) => token === MASK).length, asked.t]);
    return denoise(asked);
  };
  const environment = { ...request(topKMargin()).environment, denoise: watching, timeConditioned: true };
  await sampleAll(request(confidenceThreshold({ threshold: 1 }), { environment, batch: 1, grid: [1, 0] }));
  expect(seen.map(([masked]) => masked)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  for (const [masked, t] of seen.slice(1)) expect(1 - family.schedule.alpha(t)).toBeCloseTo(masked / LENGTH, 12);
  seen.length = 0;
  await sampleAll(request(topKMargin(), { environment, batch: 1, grid: timeGrid(4) }));
  expect(seen.map(([, t]) => t)).toEqual(Array.from(timeGrid(4)).slice(0, 4));
});

it('judges by what the network says, also where a shaper leaves one token', async () => {
  const order: number[][] = [];
  const shape: LogitShaper = (logits, place) => {
    topK(1)(logits, place);
    order.push(Array.from(place.tokens, Number));
  };
  // Surest on the right, so that rows fill up from there.
  const rising: Denoise = async ({ positions, length }) => {
    const logits = new Float64Array(positions.length * (MASK + 1));
    positions.forEach((position, n) => (logits[n * (MASK + 1)] = 1 + (position % length)));
    return logits;
  };
  const environment = { ...request(topKMargin()).environment, shape, denoise: rising };
  const asked = request(confidenceThreshold({ threshold: 1 }), { environment, batch: 1, grid: [1, 0] });
  await sampleAll(asked);
  const firstWritten = order.find((tokens) => tokens.some((token) => token !== MASK))!;
  expect(firstWritten.findIndex((token) => token !== MASK)).toBe(LENGTH - 1);
});

it('takes the lead over the second for the margin, not the likeliest alone', async () => {
  // 0.5 against 0.45 on the left, 0.4 against 0.2 on the right.
  const laws = [
    [0.5, 0.45, 0.02, 0.02, 0.01],
    [0.4, 0.2, 0.2, 0.1, 0.1],
  ];
  const masked: number[][] = [];
  const leading: Denoise = async ({ tokens, positions, length }) => {
    masked.push(Array.from(positions));
    expect(tokens.length).toBe(length);
    return Float64Array.from([...positions].flatMap((position) => [...laws[position]!.map(Math.log), 0]));
  };
  const environment = { ...request(topKMargin()).environment, denoise: leading };
  await sampleAll(request(topKMargin(), { environment, batch: 1, length: 2, grid: [1, 0.5, 0] }));
  expect(masked).toEqual([[0, 1], [0]]);
});

it.each<[string, readonly number[]]>([
  ['none', []],
  ['one twice', [1, 1]],
  ['one that there is not', [8]],
])('refuses an order that chooses %s', async (_, chosen) => {
  const order: UnmaskingOrder = { spec: { name: 'mine' }, readiness: () => 0, choose: () => chosen };
  await expect(sampleAll(request(sampleInOrder(order)))).rejects.toThrow(
    'The order mine must choose at least one of 8',
  );
});

it.each([
  [() => confidenceThreshold({ threshold: 1.1 }), 'from 0 to 1; 1.1 was given'],
  [() => entropyBounded({ bound: -1 }), 'from 0 on; -1 was given'],
  [() => maskgit({ noise: NaN }), 'from 0 on; NaN was given'],
  [() => samplers.create({ name: 'maskgit', options: { nois: 1 } }), 'did you mean "noise"?'],
  [() => topKMargin({ last: 'never' as 'none' }), 'The last step is one of'],
])('refuses bad options in one sentence', (make, message) => {
  expect(make).toThrow(InputError);
  expect(make).toThrow(message);
});
