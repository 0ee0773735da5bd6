import { FREE, type Sampler } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import type { PlannedRow } from './plan';

/** A text on its way, and how it is written. */
interface RowUnderWay {
  readonly planned: PlannedRow;
  readonly family: ServedModel['family'];
  readonly sampler: Sampler;
  /** Positions from the left that lie in blocks which are finished. */
  readonly finished: number;
}

/** Positions from the left that do not change any more while the row is on its way. */
export function settledPositions(
  tokens: Int32Array,
  { planned: { clamp }, family: { process }, sampler, finished }: RowUnderWay,
): number {
  const isFinal = (position: number) =>
    clamp[position] !== FREE ||
    (tokens[position] !== FREE &&
      process.unmasking !== undefined &&
      !sampler.revises &&
      !process.isOpen(tokens[position]!));
  let settled = finished;
  while (settled < tokens.length && isFinal(settled)) settled++;
  return settled;
}
