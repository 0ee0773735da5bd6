import { InputError } from '@idlm/core-diffusion/sampling';
import { FREE } from './clamps';
import { checkCount, finished } from './parts';
import { sample, sampleAll } from './sample';
import type { Frame, Sample, SampleRequest } from './sampler';

/** What `sampleBlocks` is asked for. */
export interface BlocksRequest extends SampleRequest {
  /** Tokens of a whole text, however many the network reads. */
  readonly length: number;
  /** Tokens that are written at a time, each block down the whole grid. */
  readonly block: number;
  /** Most tokens that the network reads, the block among them; what stands further back is no longer seen. */
  readonly window: number;
  /** The token that ends a text (default: texts are as long as asked for). */
  readonly endId?: number;
}

/** A text under way: what is written of every row, and what it cost. */
interface Written {
  /** [B, L], FREE where nothing is written. */
  readonly tokens: Int32Array;
  /** Rows that are at their end. */
  readonly ended: ReadonlySet<number>;
  readonly steps: number;
  readonly networkCalls: number;
  readonly rowEvaluations: number;
}

/** Where a block stands, and what its network reads. */
interface Place {
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

function checkBlocks({ block, window, batch, length, environment: { clamp } }: BlocksRequest): void {
  checkCount('The tokens of a block', block);
  checkCount('The tokens that the network reads', window);
  if (block > window)
    throw new InputError(`A block is at most what the network reads, ${window} tokens; ${block} was given.`);
  if (!(Number.isInteger(batch) && batch >= 1 && Number.isInteger(length) && length >= 1))
    throw new InputError(`A sample has at least one row and one token; ${batch} rows of ${length} were asked for.`);
  if (clamp && clamp.length !== batch * length)
    throw new InputError(`A clamp has one entry per token, ${batch * length}; ${clamp.length} were given.`);
}

/** Rows that a block writes something of: those that go on, and have a free position in it. */
function rowsToWrite(
  { batch, length, environment: { clamp } }: BlocksRequest,
  ended: ReadonlySet<number>,
  { start, end }: Place,
) {
  const isFree = (row: number) => !clamp || clamp.subarray(row * length + start, row * length + end).includes(FREE);
  return Array.from({ length: batch }, (_, row) => row).filter((row) => !ended.has(row) && isFree(row));
}

/** The request for a block of some rows, whose past is given. */
function requestFor(
  request: BlocksRequest,
  tokens: Int32Array,
  rows: readonly number[],
  { from, start, end }: Place,
): SampleRequest {
  const { sampler, environment, length, grid, signal, firstRow = 0 } = request;
  const width = end - from;
  const clamp = new Int32Array(rows.length * width);
  rows.forEach((row, n) => clamp.set(tokens.subarray(row * length + from, row * length + end), n * width));
  // Rows keep their streams, whichever of them still go on.
  const split = (n: number | string) => environment.random.split(firstRow + rows[Number(n)]!).split(`block ${start}`);
  const random = { ...environment.random, split };
  return { sampler, environment: { ...environment, clamp, random }, batch: rows.length, length: width, grid, signal };
}

/** All rows with what a block holds of some. */
function withBlock(
  request: BlocksRequest,
  tokens: Int32Array,
  rows: readonly number[],
  block: Int32Array,
  { from, start, end }: Place,
) {
  const all = tokens.slice();
  rows.forEach((row, n) => {
    const own = block.subarray(n * (end - from) + start - from, (n + 1) * (end - from));
    all.set(own, row * request.length + start);
  });
  return all;
}

/** Takes what stands behind the ends of texts away. @returns the rows that are at their end */
function endRows(
  { length, endId, environment: { clamp } }: BlocksRequest,
  tokens: Int32Array,
  rows: readonly number[],
  { start, end }: Place,
) {
  return rows.filter((row) => {
    const place = Array.from({ length: end - start }, (_, i) => row * length + start + i);
    const last = place.find((i) => tokens[i] === endId && (clamp?.[i] ?? FREE) === FREE);
    if (last === undefined) return false;
    tokens.fill(FREE, last + 1, (row + 1) * length);
    return true;
  });
}

/** Writes a block, by `write`, yielding a frame of the whole text for each of its own. */
async function* writeBlock(
  request: BlocksRequest,
  before: Written,
  place: Place,
  write: (part: SampleRequest) => AsyncGenerator<Frame, Sample>,
): AsyncGenerator<Frame, Written> {
  const rows = rowsToWrite(request, before.ended, place);
  if (!rows.length) return before;
  const frames = write(requestFor(request, before.tokens, rows, place));
  let [shown, steps] = [before.tokens, before.steps];
  for (let next = await frames.next(); ; next = await frames.next()) {
    const tokens = withBlock(request, before.tokens, rows, next.value.tokens, place);
    const networkCalls = before.networkCalls + next.value.networkCalls;
    const rowEvaluations = before.rowEvaluations + next.value.rowEvaluations;
    if (next.done) {
      const ended = new Set([...before.ended, ...endRows(request, tokens, rows, place)]);
      return { tokens, ended, steps, networkCalls, rowEvaluations };
    }
    const changed = tokens.reduce((count, token, i) => count + Number(token !== shown[i]), 0);
    shown = tokens;
    yield { step: steps++, t: next.value.t, tokens: tokens.slice(), changed, networkCalls, rowEvaluations };
  }
}

/** Writes text block by block, by `write`. */
async function* inBlocks(
  request: BlocksRequest,
  write: (part: SampleRequest) => AsyncGenerator<Frame, Sample>,
): AsyncGenerator<Frame, Sample> {
  checkBlocks(request);
  const { batch, length, block, window, environment } = request;
  const tokens = environment.clamp?.slice() ?? new Int32Array(batch * length).fill(FREE);
  let written: Written = { tokens, ended: new Set(), steps: 0, networkCalls: 0, rowEvaluations: 0 };
  for (let start = 0; start < length; start += block) {
    const end = Math.min(start + block, length);
    written = yield* writeBlock(request, written, { from: Math.max(0, end - window), start, end }, write);
  }
  const { networkCalls, rowEvaluations } = written;
  return { tokens: written.tokens, batch, length, networkCalls, rowEvaluations };
}

/**
 * Writes texts longer than what the network reads, block by block with any sampler: each block goes down the whole grid behind what
 * was written before it, as a prompt that grows until it fills the window and then slides with it. Yields a frame after every step
 * of every block; `FREE` stands where a block is still to come, and behind the end of a text that ended before.
 *
 * Blocks begin at the same places in all rows, so that rows of different prompts share calls; rows that ended, or have
 * nothing free in a block, are left out of it. Every row is the one that it would be alone.
 * @throws what `sample` throws; InputError for a block that is larger than the window, or no whole number of tokens
 * Source: the semi-autoregressive sampling of SSD-LM (arXiv 2210.17432) and MDLM (arXiv 2406.07524), section 4.3.
 */
export const sampleBlocks = (request: BlocksRequest): AsyncGenerator<Frame, Sample> => inBlocks(request, sample);

/**
 * The finished texts without frames, at most `maxRows` rows at a time; every row is the one that `sampleBlocks` would give.
 * @throws what `sampleBlocks` throws; InputError for a `maxRows` below 1
 * @example
 * ```ts
 * import { ancestralCached, mdlm, randomStream, sampleAllBlocks, timeGrid } from '@idlm/samplers';
 *
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const environment = { denoise, family: mdlm({ vocabSize: 28, maskId: 27 }), random: randomStream(1) };
 * const sizes = { batch: 2, length: 20, block: 4, window: 8, grid: timeGrid(4) };
 * const { tokens } = await sampleAllBlocks({ sampler: ancestralCached(), environment, ...sizes });
 * console.log(tokens.length, tokens.includes(27)); // → 40 false
 * ```
 */
export const sampleAllBlocks = (request: BlocksRequest & { readonly maxRows?: number }): Promise<Sample> =>
  finished(
    inBlocks(request, async function* (part) {
      return sampleAll({ ...part, maxRows: request.maxRows });
    }),
  );
