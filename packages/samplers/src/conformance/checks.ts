import { InputError, randomStream, timeGrid, uniform } from '@idlm/core-diffusion/sampling';
import { initialState, sample, sampleAll } from '../sample';
import type { Frame, Sample, SampleRequest, Sampler } from '../sampler';
import { samplers } from '../samplers/registry';
import { LENGTH, MASK, ancestralLaw, chiSquare, perfectDenoise, tinyDenoise, tinyFamily } from './tiny-model';

/** One named promise of a sampler; `run` rejects when it is broken. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

function demand(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** A request on the tiny model that a check changes where it matters. */
const tiny = (sampler: Sampler, change: Partial<SampleRequest> = {}, seed = 1): SampleRequest => ({
  sampler,
  environment: { denoise: tinyDenoise, family: tinyFamily(), timeConditioned: false, random: randomStream(seed) },
  batch: 4,
  length: LENGTH,
  grid: timeGrid(5, { to: 0 }),
  ...change,
});

async function collect(request: SampleRequest): Promise<{ frames: Frame[]; result: Sample }> {
  const frames: Frame[] = [];
  const steps = sample(request);
  for (let next = await steps.next(); ; next = await steps.next()) {
    if (next.done) return { frames, result: next.value };
    frames.push(next.value);
  }
}

/** Rejects unless `run` is refused as the user's mistake. */
async function demandRefusal(run: () => Promise<unknown>, what: string): Promise<void> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  demand(
    error instanceof InputError,
    `${what} must be refused with an InputError; ${error ? String(error) : 'nothing'} was thrown`,
  );
}

const countStates = (tokens: Int32Array): number[] => {
  const counts = new Array<number>(9).fill(0);
  for (let i = 0; i < tokens.length; i += LENGTH) counts[3 * tokens[i]! + tokens[i + 1]!]!++;
  return counts;
};

/** Far beyond the 0.999 quantile of chi-square with 8 degrees of freedom (26.1); seeds are fixed. */
const CHI_SQUARE_LIMIT = 30;

async function shape(sampler: Sampler): Promise<void> {
  const { result } = await collect(tiny(sampler, { batch: 16 }));
  demand(
    result.tokens.length === 16 * LENGTH,
    `16 rows of ${LENGTH} were asked for; ${result.tokens.length} tokens came`,
  );
  demand(
    result.tokens.every((id) => id >= 0 && id < 3 && id !== MASK),
    'a token lies outside the vocabulary, or is the mask',
  );
}

async function perfect(sampler: Sampler): Promise<void> {
  const x0 = [3, 0, 1, 3, 1];
  const family = tinyFamily();
  const process = {
    ...family.process,
    vocabSize: 5,
    maskId: 4,
    prior: (batch: number, length: number) => new Int32Array(batch * length).fill(4),
  };
  const wide = { ...family, process: { ...process, posterior: widePosterior }, rowToLogProbs: wideRow };
  for (const steps of [1, 2, 9]) {
    const environment = {
      denoise: perfectDenoise(x0, 5),
      family: wide,
      timeConditioned: false,
      random: randomStream(2),
    };
    const { result } = await collect({ sampler, environment, batch: 3, length: x0.length, grid: timeGrid(steps) });
    demand(
      result.tokens.every((id, i) => id === x0[i % x0.length]),
      `a perfect network must lead to x0 in ${steps} steps`,
    );
  }
}

/** SUBS and posterior of a five-entry vocabulary with the mask last, for the perfect network. */
function wideRow(logits: Float64Array, current: number): void {
  if (current !== 4) logits.fill(-1e6)[current] = 0;
  else logits[4] = -1e6;
}
function widePosterior(
  current: number,
  clean: ArrayLike<number>,
  alphaS: number,
  alphaT: number,
  out: Float64Array,
): void {
  out.fill(0);
  if (current !== 4) out[current] = 1;
  else
    for (let v = 0; v < 5; v++)
      out[v] = v === 4 ? (1 - alphaS) / (1 - alphaT) : (clean[v]! * (alphaS - alphaT)) / (1 - alphaT);
}

async function oneStepLaw(sampler: Sampler): Promise<void> {
  const request = tiny(sampler, { batch: 4000, grid: [1, 0.55] }, 3);
  const { tokens } = await sampler.step(initialState(request), 1, 0.55, request.environment);
  const masked = tokens.filter((id) => id === MASK).length / tokens.length;
  const { schedule } = request.environment.family;
  const expected = (1 - schedule.alpha(0.55)) / (1 - schedule.alpha(1));
  demand(
    Math.abs(masked - expected) < 4 * Math.sqrt((expected * (1 - expected)) / tokens.length),
    `a share ${masked} stays masked instead of ${expected}`,
  );
  if (!sampler.exact) return;
  const statistic = chiSquare(countStates(tokens), ancestralLaw([1, 0.55], request.environment.family));
  demand(statistic < CHI_SQUARE_LIMIT, `one step misses the enumerated posterior: chi-square ${statistic}`);
}

async function manyStepLaw(sampler: Sampler): Promise<void> {
  const request = tiny(sampler, { batch: 6000, grid: [1, 0.7, 0.3, 0] }, 4);
  const { result } = await collect(request);
  const law = sampler.exact ? ancestralLaw(request.grid, request.environment.family) : undefined;
  if (!law) return;
  const statistic = chiSquare(countStates(result.tokens), law);
  demand(
    statistic < CHI_SQUARE_LIMIT,
    `the sampler is marked exact, and misses the ancestral law: chi-square ${statistic}`,
  );
}

async function clamps(sampler: Sampler): Promise<void> {
  const clamp = Int32Array.from([2, -1, -1, -1, -1, 0]);
  const free = tiny(sampler, { batch: 3 }, 5);
  const held = { ...free, environment: { ...free.environment, clamp } };
  const [with_, without] = [await collect(held), await collect(free)];
  for (const { tokens } of with_.frames) demand(tokens[0] === 2 && tokens[5] === 0, 'a clamped token changed');
  const middle = ({ result }: { result: Sample }) => [...result.tokens.subarray(2, 4)].join();
  demand(middle(with_) === middle(without), 'a clamp in one row changed another row');
}

async function repeatable(sampler: Sampler): Promise<void> {
  const [a, b] = [await collect(tiny(sampler, {}, 6)), await collect(tiny(sampler, {}, 6))];
  demand(a.result.tokens.join() === b.result.tokens.join(), 'the same seed gave other tokens');
  const rows = await Promise.all([0, 1, 2, 3].map((firstRow) => collect(tiny(sampler, { batch: 1, firstRow }, 6))));
  demand(
    rows.flatMap(({ result }) => [...result.tokens]).join() === a.result.tokens.join(),
    'rows sampled one by one differ from the batch',
  );
  for (const timeConditioned of [false, true]) {
    const request = tiny(sampler, { batch: 9, grid: timeGrid(6) }, 6);
    const conditioned = { ...request, environment: { ...request.environment, timeConditioned } };
    const { result } = await collect(conditioned);
    const { tokens, rowEvaluations } = await sampleAll({ ...conditioned, maxRows: 5 });
    demand(tokens.join() === result.tokens.join(), 'sampleAll() gave other tokens than sample()');
    demand(rowEvaluations === result.rowEvaluations, 'sampleAll() evaluated other rows than sample()');
  }
  const seeds = await Promise.all([7, 8, 9].map((seed) => collect(tiny(sampler, { batch: 8 }, seed))));
  demand(new Set(seeds.map(({ result }) => result.tokens.join())).size > 1, 'the seed changes nothing');
}

async function byHand(sampler: Sampler): Promise<void> {
  const request = tiny(sampler, {}, 10);
  let state = initialState(request);
  for (let i = 1; i < request.grid.length; i++)
    state = await sampler.step(state, request.grid[i - 1]!, request.grid[i]!, request.environment);
  state = await sampler.finish(state, request.environment);
  demand(state.tokens.join() === (await collect(request)).result.tokens.join(), 'stepping by hand and sample() differ');
  const controller = new AbortController();
  const steps = sample({ ...request, signal: controller.signal });
  await steps.next();
  controller.abort(new Error('stop'));
  const error = await steps.next().then(
    () => undefined,
    (reason: Error) => reason.message,
  );
  demand(error === 'stop', 'an aborted sample must end with the reason given');
}

async function grids(sampler: Sampler): Promise<void> {
  for (const grid of [[1, 0], [1, 0.999, 0.2, 1e-5], timeGrid(3, { spacing: 'cosine' })]) {
    const { result } = await collect(tiny(sampler, { grid }));
    demand(
      result.tokens.every((id) => id !== MASK),
      `a mask is left after the grid ${Array.from(grid).join(', ')}`,
    );
  }
  await demandRefusal(() => collect(tiny(sampler, { grid: [1, 0.5, 0.5] })), 'a grid that does not decrease');
  await demandRefusal(() => collect(tiny(sampler, { grid: [1] })), 'a grid without a step');
}

async function specs(sampler: Sampler): Promise<void> {
  const spec = JSON.parse(JSON.stringify(sampler.spec)) as Sampler['spec'];
  if (samplers.entries().some(([name]) => name === spec.name)) {
    demand(
      JSON.stringify(samplers.create(spec).spec) === JSON.stringify(sampler.spec),
      'the spec does not survive JSON and the registry',
    );
  }
  const other = { ...tinyFamily(), process: uniform({ vocabSize: 3 }) };
  if (sampler.compatible.includes('uniform')) return;
  await demandRefusal(
    () => collect(tiny(sampler, { environment: { ...tiny(sampler).environment, family: other } })),
    'an incompatible process',
  );
}

async function frames(sampler: Sampler): Promise<void> {
  const request = tiny(sampler, { batch: 8, grid: timeGrid(40) }, 11);
  const { frames: seen, result } = await collect(request);
  demand(seen.length === 41, `40 steps and the last one make 41 frames; ${seen.length} came`);
  let before = initialState(request).tokens;
  for (const { tokens, changed } of seen) {
    demand(
      changed === tokens.filter((id, i) => id !== before[i]).length,
      'a frame reports another number of changes than it has',
    );
    before = tokens;
  }
  demand(before.join() === result.tokens.join(), 'the last frame is not the result');
  const [rows, steps] = [8, 41];
  const limit = sampler.exact ? steps : result.rowEvaluations;
  demand(
    result.networkCalls >= 1 && result.networkCalls <= limit,
    `${result.networkCalls} network calls exceed ${limit}`,
  );
  const most = rows * (sampler.exact ? steps : result.networkCalls);
  demand(
    result.rowEvaluations <= most,
    `${result.rowEvaluations} rows were evaluated; ${most} is the most that is needed`,
  );
}

/** The ten promises, each a check on the given sampler. */
const CHECKS: readonly (readonly [name: string, check: (sampler: Sampler) => Promise<void>])[] = [
  ['gives the shape asked for, within the vocabulary, without masks', shape],
  ['finds x0 with a perfect network in any number of steps', perfect],
  ['takes one step with the enumerated law', oneStepLaw],
  ['has the ancestral law over many steps, if it is marked exact', manyStepLaw],
  ['never changes clamped tokens, and keeps rows apart', clamps],
  ['repeats bit for bit from a seed, in batches or row by row', repeatable],
  ['steps by hand as sample() does, and can be aborted', byHand],
  ['runs on any decreasing grid and refuses others', grids],
  ['is its spec, and refuses other processes', specs],
  ['reports frames that add up and calls within bounds', frames],
];

/**
 * The conformance suite of samplers, for any test runner: run each check, or `await Promise.all`.
 * @param make a fresh sampler; it must work on absorbing processes
 */
export const samplerConformance = (make: () => Sampler): ConformanceCheck[] =>
  CHECKS.map(([name, check]) => ({ name, run: () => check(make()) }));
