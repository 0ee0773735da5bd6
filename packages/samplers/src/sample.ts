import { InputError, checkGrid } from '@idlm/core-diffusion/sampling';
import { networkOf } from './network';
import { checkCount, finished, inParts, partOf } from './parts';
import { withStep } from './broken-logits';
import { checkCompatible, priorRow, requireState } from './compatible';
import { batchContinuously } from './continuous-batching';
import type { Frame, Sample, SampleRequest, SamplerState } from './sampler';

/** The state of all noise at the grid's first time, with clamped tokens in place. */
export function initialState({ environment, batch, length, grid, firstRow = 0 }: SampleRequest): SamplerState {
  const tokens = new Int32Array(batch * length);
  for (let row = 0; row < batch; row++) {
    const random = environment.random.split(firstRow + row).split('prior');
    tokens.set(priorRow(environment.family, length, random), row * length);
  }
  environment.clamp?.forEach((token, i) => {
    if (token >= 0) tokens[i] = token;
  });
  return { tokens, batch, length, t: grid[0]!, firstRow, networkCalls: 0, rowEvaluations: 0 };
}

function checkRequest({ sampler, environment, batch, length, grid }: SampleRequest): void {
  checkGrid(grid);
  checkCompatible(sampler, environment.family);
  if (!(Number.isInteger(batch) && batch >= 1 && Number.isInteger(length) && length >= 1)) {
    throw new InputError(`A sample has at least one row and one token; ${batch} rows of ${length} were asked for.`);
  }
  if (environment.clamp && environment.clamp.length !== batch * length) {
    throw new InputError(`A clamp has one entry per token, ${batch * length}; ${environment.clamp.length} were given.`);
  }
  const stray = environment.clamp?.find((token) => token >= environment.family.process.vocabSize);
  if (stray !== undefined) {
    throw new InputError(
      `A clamped token is an id below ${environment.family.process.vocabSize}, or -1 where free; ${stray} was given.`,
    );
  }
}

const toFrame = (step: number, state: SamplerState, before: Int32Array): Frame => ({
  step,
  t: state.t,
  tokens: state.tokens.slice(),
  changed: state.tokens.reduce((count, token, i) => count + Number(token !== before[i]), 0),
  networkCalls: state.networkCalls,
  rowEvaluations: state.rowEvaluations,
});

/** The state after a step of the grid, or after its end. */
async function advance(
  { sampler, environment, grid }: SampleRequest,
  state: SamplerState,
  step: number,
): Promise<SamplerState> {
  const isLast = step === grid.length - 1;
  const move = () =>
    isLast ? sampler.finish(state, environment) : sampler.step(state, grid[step]!, grid[step + 1]!, environment);
  try {
    const moved = await move();
    requireState(
      `${isLast ? 'finish' : 'step'} of the sampler "${sampler.spec.name}"`,
      moved,
      state,
      environment.family,
    );
    return moved;
  } catch (error) {
    throw withStep(error, grid);
  }
}

/**
 * Samples from all noise down a grid, yielding a frame after each step and after the last one; returns the sample.
 * @throws BrokenLogits, with the step, for logits of which no probability can be made; InputError for a grid that does not
 * decrease, an incompatible process, a clamp of another size or with ids beyond the vocabulary, another number of logits than
 * was asked for, or a sampler that gives no state of these tokens; the signal's reason when aborted, between two steps
 */
export async function* sample(request: SampleRequest): AsyncGenerator<Frame, Sample> {
  checkRequest(request);
  const { grid, signal } = request;
  let state = initialState(request);
  for (let step = 0; step < grid.length; step++) {
    signal?.throwIfAborted();
    const before = state.tokens;
    state = await advance(request, state, step);
    yield toFrame(step, state, before);
  }
  const { tokens, batch, length, networkCalls, rowEvaluations } = state;
  return { tokens, batch, length, networkCalls, rowEvaluations };
}

/**
 * The finished sample without frames, at most `maxRows` rows at a time; every row is the one that `sample` would give. Where the
 * sampler has a `rowStep`, each call is filled with rows that need one, whichever step they stand at (continuous batching).
 * @throws what `sample` throws; InputError for a `maxRows` below 1; the signal's reason between two calls of the network
 * @example
 * ```ts
 * import { ancestralCached, mdlm, randomStream, sampleAll, timeGrid } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const environment = { denoise, family: mdlm({ vocabSize: 28, maskId: 27 }), random: randomStream(1) };
 * const sizes = { batch: 4, length: 8, grid: timeGrid(16) };
 * const { tokens } = await sampleAll({ sampler: ancestralCached(), environment, ...sizes });
 * console.log(tokens.length, tokens.includes(27)); // → 32 false
 * ```
 */
export async function sampleAll(request: SampleRequest & { readonly maxRows?: number }): Promise<Sample> {
  checkRequest(request);
  const { batch, length, sampler, signal, maxRows = batch } = request;
  checkCount('Rows at a time', maxRows);
  checkCount('Calls at the same time', networkOf(request.environment).atOnce);
  const { rowStep } = sampler;
  if (!rowStep) return inParts(request, maxRows, (from, rows) => finished(sample(partOf(request, from, rows))));
  const stepped = await batchContinuously(request, initialState(request), rowStep, maxRows).catch((error: unknown) => {
    throw withStep(error, request.grid);
  });
  const ends = await inParts(request, maxRows, (from, rows) => {
    signal?.throwIfAborted();
    const part = partOf(request, from, rows);
    const tokens = stepped.tokens.subarray(from * length, (from + rows) * length);
    const state = { ...stepped, tokens, batch: rows, firstRow: part.firstRow ?? 0, rowEvaluations: 0 };
    return advance(part, state, request.grid.length - 1);
  });
  return { ...ends, rowEvaluations: stepped.rowEvaluations + ends.rowEvaluations };
}
