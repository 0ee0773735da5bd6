import { type Denoise, FREE, type Network, type RandomStream, type Sampler, sample } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { PlannedRow, WritingPlan } from './plan';
import { behindStart } from './row-network';
import { type TextRead, readText } from './read-text';

/** A text as it stands. */
export interface RowState extends TextRead {
  /** All tokens of the row, [L]. */
  readonly row: Int32Array;
  /** Steps that it has taken. */
  readonly step: number;
  /** Time of the diffusion, from 1 (noise) to 0. */
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

/** Positions from the left that do not change any more while the row is on its way. */
function settledPositions(
  tokens: Int32Array,
  { clamp }: PlannedRow,
  { family }: ServedModel,
  sampler: Sampler,
): number {
  const { process } = family;
  const isFinal = (position: number) =>
    clamp[position] !== FREE ||
    (process.unmasking !== undefined && !sampler.revises && !process.isOpen(tokens[position]!));
  let settled = 0;
  while (settled < tokens.length && isFinal(settled)) settled++;
  return settled;
}

/**
 * A text as it emerges, from all noise to its end; it ends early where what is finished of it holds its end.
 * @throws what `sample` throws
 */
export async function* writeRow(request: RowRequest): AsyncGenerator<RowState, void> {
  const { model, plan, index, denoise, random, signal } = request;
  const { tokenizer, padId, family, timeConditioned, rowStart } = model;
  const planned = plan.rows[index]!;
  const reading = { tokenizer, padId, region: planned.region, stop: plan.stop };
  const clamp = behindStart(planned.clamp, rowStart);
  const first = clamp.length - planned.clamp.length;
  const { sampler, shape, grid } = plan;
  const environment = { denoise, family, timeConditioned, random, shape, clamp };
  const length = clamp.length;
  let read: TextRead & { readonly settled: number } = { text: '', tokens: 0, settled: 0 };
  for await (const { step, t, tokens, networkCalls } of sample({
    ...{ sampler, environment, batch: 1, length, grid, signal },
    firstRow: index,
  })) {
    const row = tokens.subarray(first);
    const isLast = step === grid.length - 1;
    const settled = isLast ? row.length : settledPositions(row, planned, model, sampler);
    if (settled > read.settled) read = { ...readText(row, settled, reading), settled };
    const { text, tokens: written, finishReason } = read;
    yield { row, step: Math.min(step + 1, plan.steps), t, networkCalls, text, tokens: written, finishReason };
    if (finishReason !== undefined) return;
  }
}
