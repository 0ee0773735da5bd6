import { InputError } from '@idlm/core-diffusion/sampling';

/** Free position in a clamp. */
export const FREE = -1;

/**
 * A clamp [B·L] that holds the same prompt at the start of every row.
 * @throws InputError if the prompt fills the row
 * @example
 * ```ts
 * import { clampPrompt } from '@idlm/samplers';
 *
 * console.log(...clampPrompt([7, 4], 2, 3)); // → 7 4 -1 7 4 -1
 * ```
 */
export function clampPrompt(prompt: ArrayLike<number>, batch: number, length: number): Int32Array {
  if (prompt.length >= length)
    throw new InputError(
      `A prompt leaves room in the ${length} tokens of a sequence; one of ${prompt.length} was given.`,
    );
  return Int32Array.from({ length: batch * length }, (_, i) =>
    i % length < prompt.length ? prompt[i % length]! : FREE,
  );
}

/**
 * A clamp [B·L] that holds the tokens of a batch that do not count, such as those of prompts that differ from row to row.
 * @param valid 1 where a token is to be written, 0 where it is given, [B·L]
 * @throws InputError unless every token has a mark
 */
export function clampMarked(ids: Int32Array, valid: Uint8Array): Int32Array {
  if (ids.length !== valid.length)
    throw new InputError(`Marks are one per token, ${ids.length}; ${valid.length} were given.`);
  return ids.map((token, i) => (valid[i] === 1 ? FREE : token));
}

/**
 * A clamp [B·L] that holds every token of a template but those equal to `hole`, in each row: infilling.
 * @throws InputError if the template is not of length L
 * @example
 * ```ts
 * import { clampInfill } from '@idlm/samplers';
 *
 * console.log(...clampInfill([7, 27, 4], 27, 2, 3)); // → 7 -1 4 7 -1 4
 * ```
 */
export function clampInfill(template: ArrayLike<number>, hole: number, batch: number, length: number): Int32Array {
  if (template.length !== length)
    throw new InputError(`A template has the ${length} tokens of a sequence; one of ${template.length} was given.`);
  return Int32Array.from({ length: batch * length }, (_, i) =>
    template[i % length] === hole ? FREE : template[i % length]!,
  );
}
