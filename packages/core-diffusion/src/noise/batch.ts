import { InputError } from '../errors';
import type { TokenBatch } from '../processes/process';

/** Clean tokens, with what of them counts. */
export interface MarkedBatch extends TokenBatch {
  /** 1 where a token may be noised, 0 where it is given, such as at a prompt; [B·L]. */
  readonly valid: Uint8Array;
  /** 0 where a token is noised like any other and counts in no loss, such as at padding; [B·L]. All that may be noised count where it is absent. */
  readonly counted?: Uint8Array;
}

/** The batch with all its tokens marked where none are: the one place that knows what missing marks mean. */
export const markBatch = <Batch extends TokenBatch & { readonly valid?: Uint8Array }>(
  batch: Batch,
): Batch & MarkedBatch => ({
  ...batch,
  valid: batch.valid ?? new Uint8Array(batch.ids.length).fill(1),
});

/** 1 where a token counts in losses, bounds and metrics, [B·L]: it is neither given nor uncounted; undefined where all do. */
export const countedMarks = ({
  valid,
  counted,
}: Partial<Pick<MarkedBatch, 'valid' | 'counted'>>): Uint8Array | undefined =>
  valid && counted ? valid.map((one, i) => one * counted[i]!) : (valid ?? counted);

/**
 * Checks what a family's `noise` is given: a missing time would compare as "keep every token" and train on nothing.
 * @param times one per batch row, [B]
 * @throws InputError naming the size that does not fit
 */
export function checkBatch(
  { ids, batch, length, valid, counted = valid }: MarkedBatch,
  times: ArrayLike<number>,
): void {
  if (ids.length !== batch * length)
    throw new InputError(
      `A batch of ${batch} rows of ${length} tokens has ${batch * length} ids; ${ids.length} were given.`,
    );
  if (times.length !== batch)
    throw new InputError(`Noise needs one time per row; ${times.length} were given for ${batch} rows.`);
  for (const [name, marks] of Object.entries({ valid, counted }))
    if (marks.length !== ids.length)
      throw new InputError(`${name} marks every token; ${marks.length} marks were given for ${ids.length} tokens.`);
}
