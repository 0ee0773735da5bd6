import {
  type Denoise,
  FREE,
  type Frame,
  type Network,
  type RandomStream,
  type Sample,
  sample,
  sampleBlocks,
} from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { WritingPlan } from './plan';
import { behindStart } from './row-network';
import { type TextRead, readText } from './read-text';
import { settledPositions } from './settled';

/** A text as it stands. */
export interface RowState extends TextRead {
  /** All tokens of the row, [L]. */
  readonly row: Int32Array;
  /** Steps that it has taken, in all blocks. */
  readonly step: number;
  /** Time of the diffusion, from 1 (noise) to 0; in each block. */
  readonly t: number;
  /** Calls of the network so far, which followed one another. */
  readonly networkCalls: number;
}

/** A text on its way: which one, of what, and how it asks the network. */
export interface RowRequest {
  readonly model: ServedModel;
  readonly plan: WritingPlan;
  /** Index of the text in the plan. */
  readonly index: number;
  readonly denoise: Denoise | Network;
  /** Stream of all texts of the plan. */
  readonly random: RandomStream;
  readonly signal: AbortSignal;
}

/** The frames of a text: of all of it, or block by block. */
function framesOf(
  { plan, model, index, signal, ...drawn }: RowRequest,
  clamp: Int32Array,
): AsyncGenerator<Frame, Sample> {
  const { sampler, shape, grid, block } = plan;
  const { family, timeConditioned, tokenizer, length } = model;
  const environment = { ...drawn, family, timeConditioned, shape, clamp };
  const request = { sampler, environment, batch: 1, length: clamp.length, grid, signal, firstRow: index };
  if (block === undefined) return sample(request);
  const window = behindStart(new Int32Array(length), model.rowStart).length;
  return sampleBlocks({ ...request, block, window, endId: tokenizer.endOfTextId });
}

/** First positions of the blocks of which something is written. */
const blocksOf = (clamp: Int32Array, size: number): number[] =>
  Array.from({ length: Math.ceil(clamp.length / size) }, (_, n) => n * size).filter((start) =>
    clamp.subarray(start, start + size).includes(FREE),
  );

/** Whether all that a model reads behind the end of some tokens is what fills rows up. */
const isPadding = (tokens: Int32Array, { padId, length }: ServedModel): boolean =>
  padId !== undefined && tokens.length >= length && tokens.subarray(-length).every((token) => token === padId);

/**
 * A text as it emerges, from all noise to its end; it ends early where what is finished of it holds its end.
 * @throws what `sample` throws
 */
export async function* writeRow(request: RowRequest): AsyncGenerator<RowState, void> {
  const { model, plan, index } = request;
  const { tokenizer, padId, family, rowStart } = model;
  const planned = plan.rows[index]!;
  const reading = { tokenizer, padId, region: planned.region, stop: plan.stop };
  const clamp = behindStart(planned.clamp, rowStart);
  const first = clamp.length - planned.clamp.length;
  const size = plan.block ?? clamp.length;
  const starts = blocksOf(clamp, size);
  let read: TextRead & { readonly settled: number } = { text: '', tokens: 0, settled: 0 };
  for await (const { step, t, tokens, networkCalls } of framesOf(request, clamp)) {
    const [block, taken] = [Math.floor(step / plan.grid.length), (step % plan.grid.length) + 1];
    const isLast = taken === plan.grid.length;
    const end = Math.min(clamp.length, starts[block]! + (isLast ? size : 0));
    const row = tokens.subarray(first);
    const finished = Math.max(0, end - first);
    const settled = settledPositions(row, { planned, family, sampler: plan.sampler, finished });
    if (settled > read.settled) read = { ...readText(row, settled, reading), settled };
    // Behind what it reads there is no text any more, so that none will come: the row has ended.
    if (isLast && isPadding(row.subarray(0, finished), model)) {
      const region = { ...planned.region, to: finished };
      read = { ...readText(row, finished, { ...reading, region }), settled: finished };
    }
    const { text, tokens: written, finishReason } = read;
    const steps = block * plan.steps + Math.min(taken, plan.steps);
    yield { row, step: steps, t, networkCalls, text, tokens: written, finishReason };
    if (finishReason !== undefined) return;
  }
}
