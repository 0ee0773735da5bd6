import { categorical, mdlm, randomStream, timeGrid, udlm } from '@idlm/core-diffusion';
import { guided } from './guidance/classifier-free';
import { guidedByClassifier } from './guidance/classifier';
import { withoutGiven } from './guidance/without-given';
import { topKMargin } from './orders/top-k-margin';
import { byRows } from './row-steps';
import { sample, sampleAll } from './sample';
import { finished } from './parts';
import type { Denoise, DenoiseRequest, Network, RowStep, SampleRequest, Sampler } from './sampler';
import { ancestral } from './samplers/ancestral';
import { ancestralCached } from './samplers/ancestral-cached';
import { firstHitting } from './samplers/first-hitting';

const [V, length, batch] = [5, 6, 12];
const masked = mdlm({ vocabSize: V, maskId: V - 1 });
const uniform = udlm({ vocabSize: V });

/** A network whose logits depend on the time and the tokens of each row, with its calls. */
function reading(timesPerRow: boolean | undefined, scale = 1) {
  const calls: DenoiseRequest[] = [];
  const denoise: Network['denoise'] = async (request) => {
    calls.push(request);
    const { tokens, positions, t, times } = request;
    const logits = new Float64Array(positions.length * V);
    positions.forEach((position, n) => {
      const row = Math.floor(position / length);
      const seen = tokens
        .subarray(row * length, (row + 1) * length)
        .reduce((sum, token, i) => sum + token * (i + 2), 0);
      const time = times?.[row] ?? t;
      for (let v = 0; v < V; v++)
        logits[n * V + v] = scale * 4 * Math.sin((v + 1) * (40 * time + seen + (position % length)));
    });
    return logits;
  };
  const network = timesPerRow === undefined ? denoise : { denoise, atOnce: 2, timesPerRow };
  return { network, calls };
}

/** One step of a row of a uniform process, which some rows skip, so that rows stand at different steps. */
const skipping: RowStep = function* (row, from, to, { family }) {
  const stream = row.stream.split(from);
  if (stream.uniform() < 0.5) return;
  const positions = row.open();
  const predictions = yield { t: from, positions };
  const [weights, { alpha }] = [new Float64Array(V), family.schedule];
  positions.forEach((position, n) => {
    family.process.posterior(row.tokens[position]!, predictions(n), alpha(to), alpha(from), weights);
    row.tokens[position] = categorical(weights, stream);
  });
};
const skippingSampler: Sampler = { ...ancestral(), spec: { name: 'skipping' }, ...byRows(skipping) };

/** Rows with prompts of 0, 1 and 2 tokens. */
const clamp = Int32Array.from({ length: batch * length }, (_, i) => (i % length < Math.floor(i / length) % 3 ? 1 : -1));

type SomeNetwork = SampleRequest['environment']['denoise'];

function request(sampler: Sampler, denoise: SomeNetwork, firstRow = 0, rows = batch): SampleRequest {
  const family = sampler.spec.name === 'skipping' ? uniform : masked;
  const given = clamp.subarray(firstRow * length, (firstRow + rows) * length);
  const environment = { denoise, family, timeConditioned: true, random: randomStream(4), clamp: given };
  return { sampler, environment, batch: rows, length, firstRow, grid: timeGrid(9) };
}

async function rowsAlone(sampler: Sampler): Promise<number[]> {
  const { network } = reading(undefined);
  const rows = Array.from({ length: batch }, (_, row) => sampleAll(request(sampler, network, row, 1)));
  return (await Promise.all(rows)).flatMap(({ tokens }) => [...tokens]);
}

const isMixed = ({ times }: DenoiseRequest): boolean => new Set(times).size > 1;

describe.each([ancestralCached(), firstHitting(), topKMargin(), skippingSampler])('$spec.name', (sampler) => {
  it('draws rows at different times in one call as each alone', async () => {
    const alone = await rowsAlone(sampler);
    for (const maxRows of [batch, 5]) {
      const { network, calls } = reading(true);
      const { tokens, rowEvaluations } = await sampleAll({ ...request(sampler, network), maxRows });
      expect([...tokens]).toEqual(alone);
      expect(calls.some(isMixed)).toBe(true);
      expect(calls.reduce((sum, call) => sum + call.tokens.length / length, 0)).toBe(rowEvaluations);
      for (const { t, times, tokens: sent } of calls.filter(isMixed)) {
        expect(times).toHaveLength(sent.length / length);
        expect(t).toBe(Math.max(...times!));
      }
    }
    expect([...(await finished(sample(request(sampler, reading(true).network)))).tokens]).toEqual(alone);
  });

  it.each([false, undefined])('never mixes times for a network that does not read them (%p)', async (timesPerRow) => {
    const { network, calls } = reading(timesPerRow);
    expect([...(await sampleAll(request(sampler, network))).tokens]).toEqual(await rowsAlone(sampler));
    expect(calls.filter(({ times }) => times)).toEqual([]);
  });
});

it('tells times only to networks that read them, also where rows share calls since no time counts', async () => {
  const mixedCalls = async (timesPerRow: boolean | undefined) => {
    const { network, calls } = reading(timesPerRow);
    const asked = request(firstHitting(), network);
    const { rowEvaluations } = await sampleAll({
      ...asked,
      environment: { ...asked.environment, timeConditioned: false },
    });
    expect(calls.length).toBeLessThan(rowEvaluations / 2);
    return calls.filter(isMixed).length;
  };
  expect([await mixedCalls(false), await mixedCalls(undefined)]).toEqual([0, 0]);
  expect(await mixedCalls(true)).toBeGreaterThan(0);
});

it('asks for first hits, whose times differ in every row, in far fewer calls', async () => {
  const [mixed, apart] = [reading(true), reading(false)];
  await sampleAll(request(firstHitting(), mixed.network));
  const { rowEvaluations } = await sampleAll(request(firstHitting(), apart.network));
  expect(apart.calls.length).toBe(rowEvaluations);
  // Two calls at once share the rows.
  expect(mixed.calls.length).toBeLessThan((3 * apart.calls.length) / batch);
});

describe('guidance', () => {
  const options = { strength: 2, family: uniform };
  const tokens = Int32Array.from({ length: 2 * length }, (_, i) => i % V);
  const positions = Int32Array.of(1, 4, 7, 8, 11);

  /** Logits of both rows, at two times in one call. */
  const together = ({ denoise }: Network) =>
    denoise({ tokens, length, positions, t: 0.7, times: Float64Array.of(0.7, 0.2) });
  /** The same, each row alone at its time. */
  const apart = async ({ denoise }: Network) => {
    const row = (r: number, t: number) =>
      denoise({
        ...{ tokens: tokens.slice(r * length, (r + 1) * length), length, t },
        positions: positions.filter((p) => Math.floor(p / length) === r).map((p) => p % length),
      });
    return [...(await row(0, 0.7)), ...(await row(1, 0.2))];
  };

  it.each([
    [true, true],
    [true, undefined],
    [undefined, undefined],
  ])('guides each row at its own time by networks that read times: %p and %p', async (first, second) => {
    const other = reading(second, 0.3).network;
    for (const network of [
      guided(reading(first).network, other, options),
      guidedByClassifier(reading(first).network, reading(undefined, 0.3).network as Denoise, options),
    ]) {
      expect(network.timesPerRow).toBe(true);
      expect([...(await together(network))]).toEqual(await apart(network));
    }
  });

  it('by a classifier draws rows as each alone, also of a network that reads no time', async () => {
    const network = guidedByClassifier(
      async (asked) => new Float64Array(asked.positions.length * V),
      reading(undefined).network as Denoise,
      {
        ...options,
        family: masked,
      },
    );
    const drawn = async (firstRow?: number, rows?: number) => {
      const asked = request(firstHitting(), network, firstRow, rows);
      return [...(await sampleAll({ ...asked, environment: { ...asked.environment, timeConditioned: false } })).tokens];
    };
    const alone: number[] = [];
    for (let row = 0; row < batch; row++) alone.push(...(await drawn(row, 1)));
    expect(await drawn()).toEqual(alone);
  });

  it('tells a classifier which samples it is asked for', async () => {
    const asked: (readonly number[])[] = [];
    const classifier: Denoise = async ({ rows, positions: of }) => {
      asked.push([...rows!]);
      return new Float64Array(of.length * V);
    };
    const { denoise } = guidedByClassifier(reading(true).network, classifier, options);
    await denoise({ tokens, length, positions, t: 0.7, times: Float64Array.of(0.2, 0.7), rows: Int32Array.of(5, 9) });
    expect(asked).toEqual([[5], [9]]);
  });

  it('of masked tokens reads times where both networks do', () => {
    const [reads, not] = [reading(true).network, reading(false).network];
    const ofMasks = { ...options, family: masked };
    expect(guided(reads, reads, ofMasks).timesPerRow).toBe(true);
    expect(guided(reads, not, ofMasks).timesPerRow).toBe(false);
    expect(guided(not, reads, ofMasks).timesPerRow).toBe(false);
    const given = { clamp: tokens, maskId: V - 1 };
    expect([reads, not].map((one) => withoutGiven(one, given).timesPerRow)).toEqual([true, false]);
  });
});
