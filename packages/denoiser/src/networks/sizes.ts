import { InputError } from '@idlm/core-diffusion';

/**
 * Weights from which on a network is large, and memory comes before time: 2²⁵, 134 MB in float32. Activations of one long row are then
 * as large as the weights, and are computed again for the gradient; weights are updated one tensor at a time.
 */
export const LARGE_NETWORK = 2 ** 25;

/** Far beyond any network: what a damaged configuration claims must not fill the memory with names and shapes. */
const LARGEST = { blocks: 4096, other: 2 ** 24 } as const;

/**
 * @param of whose sizes they are, such as `the model`
 * @throws InputError naming the first size that is no whole number above 0, or larger than any network's
 */
export function checkSizes<Name extends string>(
  of: string,
  config: Readonly<Record<Name, number>>,
  names: readonly Name[],
): void {
  for (const name of names) {
    const size: number = config[name];
    if (!(Number.isInteger(size) && size > 0))
      throw new InputError(`${name} of ${of} must be a whole number above 0; ${size} was given.`);
    const most = name === 'blocks' ? LARGEST.blocks : LARGEST.other;
    if (size > most) throw new InputError(`${name} of ${of} is at most ${most}; ${size} was given.`);
  }
}
