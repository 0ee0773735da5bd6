import { type ConformanceCheck, demand } from '../conformance';
import { schedules } from '../schedules/registry';
import type { NoiseSchedule } from '../schedules/schedule';
import { demandClose, suiteOf } from './check';

/** Times within (0, 1). */
const TIMES = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** Central difference. */
const slope = (f: (t: number) => number, t: number): number => (f(t + 1e-5) - f(t - 1e-5)) / 2e-5;

function falls({ alpha }: NoiseSchedule): void {
  const values = [0, ...TIMES, 1].map(alpha);
  demand(
    values.every((value) => value >= 0 && value <= 1),
    'alpha leaves [0, 1]',
  );
  values.forEach((value, i) => demand(i === 0 || value < values[i - 1]!, `alpha does not fall at t = ${i / 100}`));
}

function derivatives(schedule: NoiseSchedule): void {
  for (const t of TIMES) {
    const [dAlpha, dSigma] = [slope(schedule.alpha, t), slope(schedule.sigma, t)];
    demandClose(`dAlpha(${t})`, schedule.dAlpha(t), dAlpha, 1e-6 * (1 + Math.abs(dAlpha)));
    demandClose(`dSigma(${t})`, schedule.dSigma(t), dSigma, 1e-6 * (1 + Math.abs(dSigma)));
  }
}

function sigmas({ alpha, sigma }: NoiseSchedule): void {
  for (const t of TIMES) demandClose(`sigma(${t})`, sigma(t), -Math.log(alpha(t)), 1e-9 * (1 + sigma(t)));
}

function inverts({ alpha, inverse }: NoiseSchedule): void {
  for (const t of TIMES) {
    // What rounding α moves t by.
    const rounding = 1e-12 / Math.max(1e-6, Math.abs(slope(alpha, t)));
    demandClose(`inverse(alpha(${t}))`, inverse(alpha(t)), t, 1e-9 + rounding);
  }
}

function importance({ alpha, dAlpha, importance: times }: NoiseSchedule): void {
  if (!times) return;
  for (const t of TIMES) {
    const at = times.time(t);
    demand(at >= 0 && at <= 1, `importance.time(${t}) is ${at}, outside [0, 1]`);
    // −α′/(1 − α) dt = constant · du. The constant leaves out ln(1 − α(1)), as the reference does.
    const weight = (-dAlpha(at) / (1 - alpha(at))) * slope(times.time, t);
    demandClose(`the weight at importance.time(${t})`, weight, times.weight, 0.01 * times.weight);
  }
}

function spec(schedule: NoiseSchedule): void {
  const copy = JSON.parse(JSON.stringify(schedule.spec)) as NoiseSchedule['spec'];
  if (!schedules.entries().some(([name]) => name === copy.name)) return;
  const again = schedules.create(copy);
  demand(
    [0.1, 0.5, 0.9].every((t) => again.alpha(t) === schedule.alpha(t)),
    'the spec does not survive JSON and the registry',
  );
}

/**
 * The conformance suite of noise schedules, for any test runner: run each check.
 * @param make a fresh schedule
 */
export const scheduleConformance = (make: () => NoiseSchedule): ConformanceCheck[] =>
  suiteOf(make, {
    'falls all the way, within [0, 1]': falls,
    'has the slopes that it says': derivatives,
    'has −ln alpha as its total noise': sigmas,
    'finds the time of each alpha': inverts,
    'makes the weight of the loss a constant, if it has importance sampling': importance,
    'is its spec': spec,
  });
