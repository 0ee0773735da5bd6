import { logLinear } from '@idlm/core-diffusion';
import type { AutoregressiveEnvironment } from '@idlm/samplers';
import type { Baseline } from '../models/baseline';
import type { Denoisers } from './denoisers';

/** The network as it is sampled. It does not see the noise level, so any schedule will do. */
export function baselineEnvironment(
  { network, parameters, first, maskId }: Baseline,
  denoisers: Denoisers,
): Pick<AutoregressiveEnvironment, 'denoise' | 'first' | 'maskId'> {
  const denoise = denoisers.of({ network, parameters, schedule: logLinear() });
  return { denoise, first, maskId };
}
