import { InputError, type NetworkDescription, type Parameters } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { readFirstTokens } from './first-token';
import type { ModelFiles } from './model-files';
import { checkVocabulary } from './vocabulary';

/** An autoregressive model that writes. */
export interface Baseline {
  readonly network: NetworkDescription;
  readonly parameters: Parameters;
  /** Weights of the first token [V]. */
  readonly first: Float64Array;
  readonly maskId?: number;
}

/**
 * An autoregressive model; the caller owns its parameters.
 * @param count what stands in for the first tokens that older folders do not tell
 * @throws InputError for a diffusion model or another vocabulary, and as `StoredModel.read`
 */
export async function loadBaseline(
  { folder, model: { network }, stored }: Pick<ModelFiles, 'folder' | 'model' | 'stored'>,
  tokenizer: Tokenizer,
  count: (network: NetworkDescription) => Float64Array,
): Promise<Baseline> {
  if (!network.config.causal)
    throw new InputError(
      `The model in ${folder} is a diffusion model; an autoregressive one is wanted here, a run of "idlm train scorer".`,
    );
  checkVocabulary(folder, network, tokenizer);
  const first = (await readFirstTokens({ folder, stored }, network.config.vocabSize)) ?? count(network);
  return { network, parameters: await stored.read(), first, maskId: tokenizer.maskId };
}
