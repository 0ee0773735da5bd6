import { golden, goldenNames } from '@idlm/tools/golden';
import { duoCosine } from './cosine';
import { importanceOf } from './importance';
import { schedules } from './registry';
import type { NoiseSchedule } from './schedule';

/** The schedule that a golden case's name and parameters stand for. */
function scheduleOf(name: string): NoiseSchedule {
  const params = golden(name).params as Record<string, number>;
  const range = {
    sigmaMin: params['sigma_min'] ?? params['smin'],
    sigmaMax: params['sigma_max'] ?? params['smax'],
  } as Record<string, number>;
  const eps = { eps: params['eps']! };
  if (name.includes('duo_cosine')) return duoCosine({ ...eps, derivative: 'reference' });
  if (name.includes('loglinear')) return schedules.create({ name: 'log-linear', options: eps });
  if (name.includes('cosinesqr')) return schedules.create({ name: 'cosine-squared', options: eps });
  if (name.includes('cosine')) return schedules.create({ name: 'cosine', options: eps });
  return schedules.create({ name: name.includes('geometric') ? 'geometric' : 'linear', options: range });
}

const names = ['schedules/mdlm_', 'schedules/duo_loglinear', 'schedules/duo_cosine', 'schedules/sedd_'].flatMap(
  goldenNames,
);

describe.each(names)('%s', (name) => {
  const data = golden(name);
  const schedule = scheduleOf(name);
  const times = Array.from(data.numbers('t'));
  const closeness = { rtol: data.tolerance['rtol_f64'] ?? 1e-10, atol: 1e-15 };
  const members = { alpha: 'alpha', dAlpha: 'dalpha', sigma: 'sigma', dSigma: 'dsigma' } as const;
  const stored = Object.entries(members).filter(([, tensor]) => data.names.includes(tensor));

  it.each(stored)('%s equals the reference', (member, tensor) => {
    expect(times.map(schedule[member as keyof typeof members])).toBeCloseToArray(data.numbers(tensor), closeness);
  });

  it('stores something to compare', () => expect(stored.length).toBeGreaterThanOrEqual(2));

  if (data.names.includes('importance_t')) {
    it('transforms times for importance sampling', () => {
      const { time } = importanceOf(schedule);
      expect(times.map(time)).toBeCloseToArray(data.numbers('importance_t'), { rtol: 1e-8, atol: 1e-12 });
    });
  }
});
