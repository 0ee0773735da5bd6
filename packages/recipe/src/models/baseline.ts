import { InputError, type NetworkDescription, type Parameters, logLinear } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { describeModel, loadModel } from '@idlm/denoiser/node';
import type { AutoregressiveEnvironment } from '@idlm/samplers';
import type { Denoisers } from '../sampling/denoisers';
import { readFirstTokens } from './first-token';
import { checkVocabulary } from './network';

/** An autoregressive model that writes. */
export interface Baseline {
  readonly network: NetworkDescription;
  readonly parameters: Parameters;
  /** Weights of the first token [V]. */
  readonly first: Float64Array;
  readonly maskId?: number;
}

/**
 * The autoregressive model of a folder; the caller owns its parameters.
 * @param count what stands in for the first tokens that older folders do not tell
 * @throws InputError for a diffusion model or another vocabulary, and as `loadModel`
 */
export async function loadBaseline(
  folder: string,
  tokenizer: Tokenizer,
  count: (network: NetworkDescription) => Float64Array,
): Promise<Baseline> {
  const { network } = await describeModel(folder);
  if (!network.config.causal)
    throw new InputError(
      `The model in ${folder} is a diffusion model; an autoregressive one is wanted here, a run of "idlm train scorer".`,
    );
  checkVocabulary(folder, network, tokenizer);
  const first = (await readFirstTokens(folder, network.config.vocabSize)) ?? count(network);
  const { parameters } = await loadModel(folder);
  return { network, parameters, first, maskId: tokenizer.maskId };
}

/** The network as it is sampled. It does not see the noise level, so any schedule will do. */
export function baselineEnvironment(
  { network, parameters, first, maskId }: Baseline,
  denoisers: Denoisers,
): Pick<AutoregressiveEnvironment, 'denoise' | 'first' | 'maskId'> {
  const denoise = denoisers.of({ network, parameters, schedule: logLinear() });
  return { denoise, first, maskId };
}
