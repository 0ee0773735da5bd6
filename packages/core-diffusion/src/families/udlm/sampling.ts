import { normaliseRow } from '../../parameterizations/rows';
import { uniform } from '../../processes/uniform';
import { logLinear } from '../../schedules/log-linear';
import { specOf } from '../../spec';
import type { SamplingFamily } from '../sampling-family';
import type { UdlmOptions } from './options';

/**
 * Uniform-state diffusion as samplers see it: uniform process, log softmax.
 * @throws InputError for fewer than 2 tokens
 * Source: UDLM (arXiv 2412.10193).
 */
export function udlmSampling(options: UdlmOptions): SamplingFamily {
  const { vocabSize, schedule = logLinear(), reconstruction = false } = options;
  return {
    spec: { name: 'udlm', options: { schedule: specOf(schedule), reconstruction } },
    schedule,
    process: uniform({ vocabSize }),
    slotToLogProbs: normaliseRow,
  };
}
