import { InputError, categorical } from '@idlm/core-diffusion/sampling';
import { BrokenLogits, faultOf } from './broken-logits';
import { FREE } from './clamps';
import { checkCount, finished, inParts, partOf } from './parts';
import { groupsOf } from './groups';
import { networkOf } from './network';
import { checkLogits, normalise, positionsAtOnce } from './predict';
import type { Frame, Sample, SamplerEnvironment } from './sampler';

/** What writing from left to right is given. */
export interface AutoregressiveEnvironment extends Pick<
  SamplerEnvironment,
  'random' | 'shape' | 'clamp' | 'categorical' | 'network' | 'maxLogits'
> {
  /**
   * A causal network: its logits at position l are those of the token at l + 1. It is asked for the last written position of
   * each row; what stands to the right of it means nothing.
   */
  readonly denoise: SamplerEnvironment['denoise'];
  /**
   * Unnormalised weights of a row's first token [V]. No network gives them: next-token loss scores a row from its second token
   * on, so they are counted on first tokens of the rows trained on.
   */
  readonly first: ArrayLike<number>;
  /** A token that is never written, where the vocabulary has a mask. */
  readonly maskId?: number;
}

/** What `sampleAutoregressive` is asked for. */
export interface AutoregressiveRequest {
  readonly environment: AutoregressiveEnvironment;
  readonly batch: number;
  readonly length: number;
  /** Index of the first row within a larger set of samples (default 0). */
  readonly firstRow?: number;
  readonly signal?: AbortSignal;
}

/** A clamp of an autoregressive network is a prompt: it reads nothing to the right of the token that it writes. */
function checkClamp(clamp: Int32Array, length: number, vocabSize: number): void {
  clamp.forEach((token, i) => {
    if (token >= vocabSize)
      throw new InputError(`A clamped token is an id below ${vocabSize}, or -1 where free; ${token} was given.`);
    if (token >= 0 && i % length > 0 && clamp[i - 1]! < 0)
      throw new InputError(
        `An autoregressive network goes on from a prompt and fills in nothing; the token ${token} is clamped at position ${i % length}, behind a free one.`,
      );
  });
}

function checkRequest({ environment: { clamp, first }, batch, length }: AutoregressiveRequest): void {
  if (!(Number.isInteger(batch) && batch >= 1 && Number.isInteger(length) && length >= 1))
    throw new InputError(`A sample has at least one row and one token; ${batch} rows of ${length} were asked for.`);
  if (clamp && clamp.length !== batch * length)
    throw new InputError(`A clamp has one entry per token, ${batch * length}; ${clamp.length} were given.`);
  if (clamp) checkClamp(clamp, length, first.length);
}

/** Rows whose token at `place` is to be drawn. */
const openRows = ({ environment: { clamp }, batch, length }: AutoregressiveRequest, place: number): number[] =>
  Array.from({ length: batch }, (_, row) => row).filter((row) => (clamp?.[row * length + place] ?? FREE) < 0);

/** Logits [rows, V] of the token at `place` of the given rows: one call, but for the first token. */
async function nextLogits(
  { environment, length }: AutoregressiveRequest,
  written: Int32Array,
  rows: readonly number[],
  place: number,
): Promise<ArrayLike<number>> {
  const { first, network } = environment;
  const width = first.length;
  if (place === 0) return Float64Array.from({ length: rows.length * width }, (_, i) => Math.log(first[i % width]!));
  const tokens = new Int32Array(rows.length * length);
  rows.forEach((row, n) => tokens.set(written.subarray(row * length, row * length + place), n * length));
  const positions = Int32Array.from(rows, (_, n) => n * length + place - 1);
  const logits = await networkOf(environment).denoise({ tokens, length, t: 0, positions });
  checkLogits(logits, rows.length, width, network);
  return logits;
}

/** The tokens with that of `place` written in the given rows. */
function draw(
  { environment, length, firstRow = 0 }: AutoregressiveRequest,
  written: Int32Array,
  rows: readonly number[],
  place: number,
  logits: ArrayLike<number>,
): void {
  const { random, shape, clamp, maskId, first, network, categorical: pick = categorical } = environment;
  const weights = new Float64Array(first.length);
  rows.forEach((row, n) => {
    for (let v = 0; v < weights.length; v++) weights[v] = v === maskId ? -Infinity : logits[n * weights.length + v]!;
    const [start, end] = [row * length, (row + 1) * length];
    const seen = { tokens: written.subarray(start, end), clamp: clamp?.subarray(start, end), unwritten: FREE };
    shape?.(weights, { ...seen, position: place, t: 1 - place / length });
    if (!normalise(weights) && place > 0) {
      const own = Array.from({ length: weights.length }, (_, v) => logits[n * weights.length + v]!);
      throw new BrokenLogits({ network, fault: faultOf(own), position: place, t: 1 - place / length });
    }
    const position = row * length + place;
    written[position] = pick(weights, random.split(firstRow + row).split(place), position);
  });
}

/**
 * Writes rows from left to right with a causal network, a token of every row per step, yielding a frame after each; what is not
 * yet written is `FREE` in a frame. L steps, and L − 1 network evaluations per row: the first token needs none, nor do those of
 * a prompt. The law is the chain rule's: `first` times the network's law of each further token, both as the shaper leaves them.
 * Rows draw from streams of their own, so that a batch is the same as its rows one by one.
 * @throws InputError for a clamp of another size, with ids beyond the vocabulary or behind a free position, and for first tokens
 * without weight; the signal's reason when aborted, between two steps
 * @example
 * ```ts
 * import { randomStream, sampleAutoregressive } from '@idlm/samplers';
 *
 * // Any causal network: logits [N, V] of the token behind each of the N positions.
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 3);
 * const environment = { denoise, first: [0.5, 0.5, 0], random: randomStream(1) };
 * for await (const { step, tokens } of sampleAutoregressive({ environment, batch: 1, length: 4 }))
 *   console.log(step, tokens.filter((token) => token >= 0).length); // → 0 1
 * // → 1 2
 * // → 2 3
 * // → 3 4
 * ```
 */
export async function* sampleAutoregressive(request: AutoregressiveRequest): AsyncGenerator<Frame, Sample> {
  checkRequest(request);
  const { environment, batch, length, signal } = request;
  const tokens = new Int32Array(batch * length).fill(FREE);
  let [networkCalls, rowEvaluations] = [0, 0];
  for (let place = 0; place < length; place++) {
    signal?.throwIfAborted();
    for (let row = 0; row < batch; row++)
      tokens[row * length + place] = environment.clamp?.[row * length + place] ?? FREE;
    const rows = openRows(request, place);
    for (const [from, to] of groupsOf(
      rows.map(() => 1),
      positionsAtOnce(environment, environment.first.length),
    )) {
      const some = rows.slice(from, to);
      draw(request, tokens, some, place, await nextLogits(request, tokens, some, place));
    }
    if (rows.length && place > 0) [networkCalls, rowEvaluations] = [networkCalls + 1, rowEvaluations + rows.length];
    const t = 1 - (place + 1) / length;
    yield { step: place, t, tokens: tokens.slice(), changed: batch, networkCalls, rowEvaluations };
  }
  return { tokens, batch, length, networkCalls, rowEvaluations };
}

/**
 * The finished rows without frames, at most `maxRows` at a time; every row is the one that `sampleAutoregressive` would give.
 * @throws what `sampleAutoregressive` throws; InputError for a `maxRows` below 1
 */
export async function sampleAllAutoregressive(
  request: AutoregressiveRequest & { readonly maxRows?: number },
): Promise<Sample> {
  checkRequest(request);
  const { maxRows = request.batch } = request;
  checkCount('Rows at a time', maxRows);
  return inParts(request, maxRows, (from, rows) => finished(sampleAutoregressive(partOf(request, from, rows))));
}
