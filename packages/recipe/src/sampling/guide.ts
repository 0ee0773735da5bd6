import { InputError, type SamplingFamily } from '@idlm/core-diffusion';
import { type Classifier, FREE, type Network, guided, guidedByClassifier, withoutGiven } from '@idlm/samplers';
import type { WriteRequest } from './writer';

/**
 * What texts are guided by: a classifier, or away from a network that knows no condition: `another` model's, or the model's own, which is
 * not shown what is `given`.
 */
export type GuidedBy = 'given' | 'another' | { readonly classifier: Classifier };

/** How a model is guided. */
export interface GuideOptions {
  readonly by: GuidedBy;
  /** γ: 0 leaves the condition out, 1 is its law, more sharpens it. */
  readonly strength: number;
  readonly family: SamplingFamily;
  /** Token that stands before every row, which every network is shown. */
  readonly rowStart?: number;
}

/** A model's network, and the one that guidance leads away from: that of another model, or a second way to the same (default: the first). */
export interface GuidedNetworks {
  readonly network: Network;
  readonly other?: Network;
}

/** A network for some texts, from the model's own. @throws InputError where it is by what is given, and nothing is */
export type Guide = (networks: GuidedNetworks, request: Pick<WriteRequest, 'clamp' | 'firstRow' | 'length'>) => Network;

/** @throws InputError always */
export const refuseNothingGiven = (): never => {
  throw new InputError(
    'Guidance is by what is given, and nothing is: give a --prompt, or --unconditional or --classifier.',
  );
};

/** What rows are given, but for the token that stands before each. */
function hidden({ clamp, length }: Pick<WriteRequest, 'clamp' | 'length'>, rowStart: number | undefined): Int32Array {
  const given = clamp?.slice();
  if (given && rowStart !== undefined) for (let i = 0; i < given.length; i += length) given[i] = FREE;
  return given?.some((token) => token !== FREE) ? given : refuseNothingGiven();
}

/**
 * How guidance changes a model's network.
 * @throws InputError unless the strength is a finite number of at least 0, once a network is guided
 */
export function guideBy({ by, rowStart, ...options }: GuideOptions): Guide {
  if (by === 'another') return ({ network, other = network }) => guided(network, other, options);
  if (by !== 'given') return ({ network }) => guidedByClassifier(network, by.classifier, options);
  const maskId = options.family.process.maskId!;
  return ({ network, other = network }, { clamp, length, firstRow }) =>
    guided(network, withoutGiven(other, { clamp: hidden({ clamp, length }, rowStart), maskId, firstRow }), options);
}
