import { type ConformanceCheck, demand } from '@idlm/core-diffusion/choices';
import { type SamplingFamily, type Spec, isInputError, randomStream, timeGrid } from '@idlm/core-diffusion/sampling';
import { initialState, sample, sampleAll } from '../sample';
import type { Denoise, Sample, Sampler } from '../sampler';
import { manyStepLaw, oneStepLaw } from './law-checks';
import type { RowLaw } from './row-law';
import { type Subject, collect, isNamed, request } from './subject';
import { LENGTH, cleanTokens, exactDenoise, perfectDenoise, tinyFamily, tinyUniformFamily } from './tiny-model';

/** What the suite is run on. */
export interface ConformanceOptions {
  /**
   * Families whose networks predict clean tokens, with at least two tokens besides a mask and α = 1 at t = 0: by default a masked
   * one, and a uniform one for samplers that are not `absorbingOnly`.
   */
  readonly families?: readonly SamplingFamily[];
  /** The law of whole rows, where that of a position alone does not tell what the sampler does (default: what it declares). */
  readonly law?: RowLaw;
  /** What makes a sampler of its spec, such as `samplers.create` for one that is registered; left out, no spec is made into one. */
  readonly create?: (spec: Spec) => Sampler;
}

/** Rejects unless `run` is refused as the user's mistake. */
async function demandRefusal(run: () => Promise<unknown>, what: string): Promise<void> {
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  demand(
    isInputError(error),
    `${what} must be refused with an InputError; ${error ? String(error) : 'nothing'} was thrown`,
  );
}

async function shape(subject: Subject): Promise<void> {
  const { vocabSize, maskId } = subject.family.process;
  const { result } = await collect(request(subject, { batch: 16 }));
  demand(
    result.tokens.length === 16 * LENGTH,
    `16 rows of ${LENGTH} were asked for; ${result.tokens.length} tokens came`,
  );
  demand(
    result.tokens.every((id) => id >= 0 && id < vocabSize && id !== maskId),
    'a token lies outside the vocabulary, or is the mask',
  );
}

async function perfect({ sampler, family }: Subject): Promise<void> {
  const [a, b] = cleanTokens(family);
  const x0 = [b, a, a, b, a];
  for (const steps of [1, 2, 9]) {
    const denoise = perfectDenoise(x0, family.process.vocabSize);
    const environment = { denoise, family, timeConditioned: false, random: randomStream(2) };
    const { result } = await collect({ sampler, environment, batch: 3, length: x0.length, grid: timeGrid(steps) });
    demand(
      result.tokens.every((id, i) => id === x0[i % x0.length]),
      `a perfect network must lead to x0 in ${steps} steps`,
    );
  }
}

async function clamps(subject: Subject): Promise<void> {
  const [a, b] = cleanTokens(subject.family);
  const clamp = Int32Array.from([b, -1, -1, -1, -1, a]);
  const free = request(subject, { batch: 3 }, 5);
  const held = { ...free, environment: { ...free.environment, clamp } };
  const [with_, without] = [await collect(held), await collect(free)];
  for (const { tokens } of with_.frames) demand(tokens[0] === b && tokens[5] === a, 'a clamped token changed');
  for (const firstRow of [0, 1, 2]) {
    const [start, end] = [firstRow * LENGTH, (firstRow + 1) * LENGTH];
    const environment = { ...held.environment, clamp: clamp.subarray(start, end) };
    const { result } = await collect({ ...held, environment, batch: 1, firstRow });
    const among = with_.result.tokens.subarray(start, end);
    demand(result.tokens.join() === among.join(), 'a row with a clamp of its own differs among others');
  }
  const middle = ({ result }: { result: Sample }) => [...result.tokens.subarray(2, 4)].join();
  demand(middle(with_) === middle(without), 'a clamp in one row changed another row');
}

async function repeatable(subject: Subject): Promise<void> {
  const [a, b] = [await collect(request(subject, {}, 6)), await collect(request(subject, {}, 6))];
  demand(a.result.tokens.join() === b.result.tokens.join(), 'the same seed gave other tokens');
  const rows = await Promise.all([0, 1, 2, 3].map((firstRow) => collect(request(subject, { batch: 1, firstRow }, 6))));
  demand(
    rows.flatMap(({ result }) => [...result.tokens]).join() === a.result.tokens.join(),
    'rows sampled one by one differ from the batch',
  );
  const network = { denoise: exactDenoise(subject.family), timesPerRow: true };
  for (const change of [{ timeConditioned: false }, { timeConditioned: true }, { denoise: network }]) {
    const asked = request(subject, { batch: 9, grid: timeGrid(6) }, 6);
    const conditioned = { ...asked, environment: { ...asked.environment, timeConditioned: true, ...change } };
    const { result } = await collect(conditioned);
    const { tokens, rowEvaluations } = await sampleAll({ ...conditioned, maxRows: 5 });
    demand(tokens.join() === result.tokens.join(), 'sampleAll() gave other tokens than sample()');
    demand(rowEvaluations === result.rowEvaluations, 'sampleAll() evaluated other rows than sample()');
  }
  const seeds = await Promise.all([7, 8, 9].map((seed) => collect(request(subject, { batch: 8 }, seed))));
  demand(new Set(seeds.map(({ result }) => result.tokens.join())).size > 1, 'the seed changes nothing');
}

async function byHand(subject: Subject): Promise<void> {
  const { sampler } = subject;
  const asked = request(subject, {}, 10);
  let state = initialState(asked);
  for (let i = 1; i < asked.grid.length; i++)
    state = await sampler.step(state, asked.grid[i - 1]!, asked.grid[i]!, asked.environment);
  state = await sampler.finish(state, asked.environment);
  demand(state.tokens.join() === (await collect(asked)).result.tokens.join(), 'stepping by hand and sample() differ');
  const controller = new AbortController();
  const steps = sample({ ...asked, signal: controller.signal });
  await steps.next();
  controller.abort(new Error('stop'));
  const error = await steps.next().then(
    () => undefined,
    (reason: Error) => reason.message,
  );
  demand(error === 'stop', 'an aborted sample must end with the reason given');
}

async function grids(subject: Subject): Promise<void> {
  for (const grid of [[1, 0], [1, 0.999, 0.2, 1e-5], timeGrid(3, { spacing: 'cosine' })]) {
    const { result } = await collect(request(subject, { grid }));
    demand(
      result.tokens.every((id) => id !== subject.family.process.maskId),
      `a mask is left after the grid ${Array.from(grid).join(', ')}`,
    );
  }
  await demandRefusal(() => collect(request(subject, { grid: [1, 0.5, 0.5] })), 'a grid that does not decrease');
  await demandRefusal(() => collect(request(subject, { grid: [1] })), 'a grid without a step');
}

async function specs(subject: Subject): Promise<void> {
  const { sampler, family, create } = subject;
  const spec = JSON.stringify(sampler.spec);
  const again = create?.(JSON.parse(spec) as Spec);
  demand(!again || JSON.stringify(again.spec) === spec, 'the sampler made of its spec in JSON has another spec');
  if (!sampler.absorbingOnly) return;
  const other = { ...family, process: { ...family.process, unmasking: undefined } };
  await demandRefusal(() => collect(request({ sampler, family: other })), 'a process that is not absorbing');
}

async function frames(subject: Subject): Promise<void> {
  const asked = request(subject, { batch: 8, grid: timeGrid(40) }, 11);
  const { frames: seen, result } = await collect(asked);
  demand(seen.length === 41, `40 steps and the last one make 41 frames; ${seen.length} came`);
  let before = initialState(asked).tokens;
  for (const { tokens, changed } of seen) {
    demand(
      changed === tokens.filter((id, i) => id !== before[i]).length,
      'a frame reports another number of changes than it has',
    );
    before = tokens;
  }
  demand(before.join() === result.tokens.join(), 'the last frame is not the result');
}

async function costs(subject: Subject): Promise<void> {
  const { law, sampler } = subject;
  const asked = request(subject, { batch: 8, grid: timeGrid(40) }, 11);
  let calls = 0;
  const exact = exactDenoise(subject.family);
  const denoise: Denoise = (call) => {
    calls++;
    return exact(call);
  };
  const { result } = await collect({ ...asked, environment: { ...asked.environment, denoise } });
  demand(result.networkCalls === calls, `${result.networkCalls} network calls are reported; ${calls} were made`);
  // A chain calls once a step at most, the last step included.
  const mostRows = 8 * (sampler.absorbingOnly && isNamed(law) ? LENGTH : calls);
  demand(result.rowEvaluations <= mostRows, `${result.rowEvaluations} rows were evaluated; ${mostRows} is enough`);
  const isChain = law === 'ancestral' || typeof law === 'function';
  const most = isChain ? 41 : result.rowEvaluations;
  demand(calls <= most, `${calls} network calls were made; ${most} is enough`);
}

/** The promises, each a check of a sampler on a family. */
const CHECKS: readonly (readonly [name: string, check: (subject: Subject) => Promise<void>])[] = [
  ['gives the shape asked for, within the vocabulary, without masks', shape],
  ['finds x0 with a perfect network in any number of steps', perfect],
  ['takes one step with the law that it declares', oneStepLaw],
  ['has the law that it declares over many steps', manyStepLaw],
  ['never changes clamped tokens, and keeps rows apart', clamps],
  ['repeats bit for bit from a seed, in batches or row by row', repeatable],
  ['steps by hand as sample() does, and can be aborted', byHand],
  ['runs on any decreasing grid and refuses others', grids],
  ['is its spec, and refuses other processes', specs],
  ['reports frames that add up', frames],
  ['reports the calls that it makes, and makes no more than it needs', costs],
];

/**
 * The conformance suite of samplers, for any test runner: run each check, or `await Promise.all`.
 * @param make a fresh sampler
 */
export function samplerConformance(
  make: () => Sampler,
  { families, law, create }: ConformanceOptions = {},
): ConformanceCheck[] {
  const chosen = families ?? (make().absorbingOnly ? [tinyFamily()] : [tinyFamily(), tinyUniformFamily()]);
  return chosen.flatMap((family) =>
    CHECKS.map(([name, check]) => ({
      name: `${family.spec.name}: ${name}`,
      run: async () => {
        const sampler = make();
        return check({ sampler, family, law: law ?? sampler.law, create });
      },
    })),
  );
}
