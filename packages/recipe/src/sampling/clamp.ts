import { InputError, type NetworkDescription } from '@idlm/core-diffusion';
import { textLength } from '@idlm/denoiser';
import { FREE } from '@idlm/samplers';
import type { Config } from '../config/schema';
import type { InfillText } from '../text/infill';
import type { GivenText } from '../text/prompts';
import { beginningOf } from './given';

/** Which rows of all texts are written at once, and how long they are. */
export interface WrittenRows {
  readonly batch: number;
  /** Index of the first of them among all. */
  readonly firstRow: number;
  readonly length: number;
}

/**
 * The start of every row of a batch, or its tokens around holes.
 * @param given what each of all texts is given
 * @returns undefined where nothing is given
 */
export function clampOf(
  given: (row: number) => GivenText,
  { batch, firstRow, length }: WrittenRows,
): Int32Array | undefined {
  const clamp = new Int32Array(batch * length).fill(FREE);
  for (let row = 0; row < batch; row++) clamp.set(given(firstRow + row).clamp, row * length);
  return clamp.some((token) => token !== FREE) ? clamp : undefined;
}

/**
 * Most tokens of a text: what the model reads, unless it is written in blocks.
 */
export const longestText = ({ sampling: { block } }: Config, network: NetworkDescription): number =>
  block === null ? textLength(network.config) : Number.MAX_SAFE_INTEGER;

/** @throws InputError where something given leaves no room in a text of so many tokens, whatever the lengths of holes */
export function requireRoom(given: readonly (GivenText | InfillText)[], length: number): void {
  for (const { text, clamp } of given.map(beginningOf)) {
    const isFull = clamp.length === length && !clamp.includes(FREE);
    if (clamp.length > length || isFull)
      throw new InputError(
        `${JSON.stringify(text)} takes ${clamp.length} tokens and leaves no room in a text of ${length}; shorten it.`,
      );
  }
}
