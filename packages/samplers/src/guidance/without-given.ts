import { InputError, batchRowOf } from '@idlm/core-diffusion/sampling';
import { networkOf } from '../network';
import type { Denoise, Network } from '../sampler';

/** What rows are given, and what stands in its place. */
export interface GivenTokens {
  /** The clamp of all rows, [B·L]: −1 where a token is free. */
  readonly clamp: Int32Array;
  /** Id of the mask. */
  readonly maskId: number;
  /** Index of the clamp's first row among all samples (default 0). */
  readonly firstRow?: number;
}

/**
 * A network that is not shown what rows are given, such as a prompt: it sees masks in their place. As the unconditional one of
 * `guided` it makes text follow its prompt more closely.
 * @throws InputError in a call that does not tell its rows, or tells one that the clamp does not have
 * @example
 * ```ts
 * import { clampPrompt, guided, mdlm, withoutGiven } from '@idlm/samplers';
 *
 * const family = mdlm({ vocabSize: 28, maskId: 27 });
 * const denoise = async ({ positions }: { positions: Int32Array }) => new Float32Array(positions.length * 28);
 * const clamp = clampPrompt([7, 4], 2, 8);
 * const network = guided(denoise, withoutGiven(denoise, { clamp, maskId: 27 }), { strength: 2, family });
 * console.log(network.atOnce); // → 1
 * ```
 */
export function withoutGiven(denoise: Denoise | Network, { clamp, maskId, firstRow = 0 }: GivenTokens): Network {
  const network = networkOf({ denoise });
  return {
    ...network,
    async denoise(request) {
      const { tokens, length, rows } = request;
      const isKnown = (row: number) => row >= firstRow && (row - firstRow + 1) * length <= clamp.length;
      if (!rows?.every(isKnown))
        throw new InputError(
          'A network that is not shown what rows are given must be told which rows it is asked for, of those that the clamp has.',
        );
      const hidden = tokens.map((token, i) => {
        const at = (rows[batchRowOf(i, length)]! - firstRow) * length + (i % length);
        return clamp[at]! >= 0 ? maskId : token;
      });
      return network.denoise({ ...request, tokens: hidden });
    },
  };
}
