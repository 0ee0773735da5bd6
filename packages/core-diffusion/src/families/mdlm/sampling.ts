import { subsRow } from '../../parameterizations/rows';
import { absorbing } from '../../processes/absorbing';
import { logLinear } from '../../schedules/log-linear';
import { specOf } from '../../spec';
import type { SamplingFamily } from '../sampling-family';
import type { MdlmOptions } from './options';

/**
 * Masked diffusion as samplers see it: absorbing process, SUBS parameterization.
 * @throws InputError for a mask outside the vocabulary
 * Source: MDLM (arXiv 2406.07524).
 */
export function mdlmSampling(options: MdlmOptions): SamplingFamily {
  const { vocabSize, maskId, schedule = logLinear(), importanceSampling = false } = options;
  return {
    spec: { name: 'mdlm', options: { schedule: specOf(schedule), importanceSampling } },
    schedule,
    process: absorbing({ vocabSize, maskId }),
    slotToLogProbs: (logits, current) => subsRow(logits, current, maskId),
  };
}
