import { InputError } from '../errors';
import type { TokenBatch } from '../processes/process';

/**
 * Checks what a family's `noise` is given: a missing time would compare as "keep every token" and train on nothing.
 * @param times one per row, [B]
 * @param valid one per token, [B·L]
 * @throws InputError naming the size that does not fit
 */
export function checkBatch({ ids, batch, length }: TokenBatch, times: ArrayLike<number>, valid?: Uint8Array): void {
  if (ids.length !== batch * length)
    throw new InputError(
      `A batch of ${batch} rows of ${length} tokens has ${batch * length} ids; ${ids.length} were given.`,
    );
  if (times.length !== batch)
    throw new InputError(`Noise needs one time per row; ${times.length} were given for ${batch} rows.`);
  if (valid && valid.length !== ids.length)
    throw new InputError(`valid marks every token; ${valid.length} marks were given for ${ids.length} tokens.`);
}
