import { normaliseRow, subsRow } from '../../parameterizations/rows';
import { absorbing } from '../../processes/absorbing';
import { uniform } from '../../processes/uniform';
import { logLinear } from '../../schedules/log-linear';
import { specOf } from '../../spec';
import type { SamplingFamily } from '../sampling-family';
import { STEPS, checkSteps } from './grid';
import type { D3pmOptions, UniformD3pmOptions } from './options';

/**
 * Absorbing D3PM as samplers see it, whatever its parameterization: no sampler ever draws the mask for a clean token.
 * @throws InputError unless T is a whole number of at least 1
 * Source: D3PM (arXiv 2107.03006).
 */
export function d3pmSampling(options: D3pmOptions): SamplingFamily {
  const { vocabSize, maskId, steps = STEPS, schedule = logLinear({ eps: 0 }), parameterization = 'subs' } = options;
  checkSteps(steps);
  return {
    spec: { name: 'd3pm', options: { steps, parameterization, schedule: specOf(schedule) } },
    schedule,
    process: absorbing({ vocabSize, maskId }),
    slotToLogProbs: (logits, current) => subsRow(logits, current, maskId),
  };
}

/**
 * Uniform D3PM as samplers see it.
 * @throws InputError unless T is a whole number of at least 1
 * Source: D3PM (arXiv 2107.03006) with uniform transitions.
 */
export function uniformD3pmSampling(options: UniformD3pmOptions): SamplingFamily {
  const { vocabSize, steps = STEPS, schedule = logLinear({ eps: 0 }), reconstruction = true } = options;
  checkSteps(steps);
  return {
    spec: { name: 'd3pm', options: { process: 'uniform', steps, reconstruction, schedule: specOf(schedule) } },
    schedule,
    process: uniform({ vocabSize }),
    slotToLogProbs: normaliseRow,
  };
}
