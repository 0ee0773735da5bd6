import fc from 'fast-check';
import { duoCosine } from './cosine';
import { importanceOf } from './importance';
import { createRegistry } from '../registry';
import { requireSchedule, schedules } from './registry';
import type { NoiseSchedule } from './schedule';

const all = schedules.entries().map(([name]) => schedules.create(name));
const inner = fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe.each(all.map((schedule) => [schedule.spec.name, schedule] as const))('%s', (_, schedule) => {
  it('falls from almost all signal to almost none', () => {
    expect(schedule.alpha(0)).toBeGreaterThan(0.998);
    expect(schedule.alpha(1)).toBeLessThan(0.002);
    fc.assert(
      fc.property(
        inner,
        inner,
        (a, b) => Math.abs(a - b) < 1e-6 || schedule.alpha(Math.min(a, b)) > schedule.alpha(Math.max(a, b)),
      ),
    );
  });

  it('reports its true derivatives', () => {
    fc.assert(
      fc.property(inner, (t) => {
        const h = 1e-5;
        const slope = (f: (t: number) => number) => (f(t + h) - f(t - h)) / (2 * h);
        expect(Math.abs(slope(schedule.alpha) - schedule.dAlpha(t))).toBeLessThan(
          1e-7 * (1 + Math.abs(schedule.dAlpha(t))),
        );
        expect(Math.abs(slope(schedule.sigma) - schedule.dSigma(t))).toBeLessThan(1e-6 * (1 + schedule.dSigma(t)));
      }),
    );
  });

  it('has sigma = -ln alpha, and inverse undoes alpha', () => {
    fc.assert(
      fc.property(inner, (t) => {
        expect(schedule.sigma(t)).toBeCloseTo(-Math.log(schedule.alpha(t)), 12);
        expect(schedule.inverse(schedule.alpha(t))).toBeCloseTo(t, 9);
      }),
    );
  });

  it('survives JSON', () => {
    const again = schedules.create(JSON.parse(JSON.stringify(schedule.spec)));
    expect(again.alpha(0.3)).toBe(schedule.alpha(0.3));
  });
});

it('offers the reference derivative of the Duo cosine by name only', () => {
  expect(duoCosine({ derivative: 'reference' }).dAlpha(0.4) * (1 - 1e-3)).toBeCloseTo(duoCosine().dAlpha(0.4), 14);
});

it('refuses options out of range in one sentence', () => {
  expect(() => schedules.create({ name: 'log-linear', options: { eps: 2 } })).toThrow(
    'eps of the log-linear schedule must lie in [0, 0.5]; 2 was given.',
  );
  expect(() => schedules.create({ name: 'linear', options: { sigmaMin: 3, sigmaMax: 1 } })).toThrow(
    'must be above sigmaMin = 3',
  );
  expect(() => schedules.create({ name: 'cosine', options: { ep: 2 } })).toThrow(
    'has no option "ep"; did you mean "eps"?',
  );
  expect(() => schedules.create({ name: 'cosine', options: { toString: 2 } })).toThrow('has no option "toString"');
  expect(() => schedules.create({ name: 'cosine', options: { eps: 'x' } })).toThrow('must be a number; "x" was given');
  expect(() => importanceOf(schedules.create('cosine'))).toThrow('a schedule with "importance"');
  const noiseless = schedules.create({ name: 'linear', options: { sigmaMin: 0 } });
  expect(() => importanceOf(noiseless)).toThrow('linear without it was given');
});

it.each([
  [{ alpha: (t: number) => t }, 'The noise schedule "flawed" has alpha(0.25) = 0.25; alpha falls'],
  [{ alpha: () => NaN }, 'has alpha(0.01) = NaN'],
  [{ alpha: (t: number) => 2 - t }, 'has alpha(0.01) = 1.99'],
  [{ dAlpha: () => 1 }, 'has dAlpha(0.01) = 1; alpha falls, so that its slope is not above 0.'],
  [{ dAlpha: () => -Infinity }, 'has dAlpha(0.01) = -Infinity'],
  [{ inverse: undefined }, 'The noise schedule "flawed" lacks inverse, which must be a function.'],
])('a schedule of one’s own is refused where it is none: %#', (flaw, message) => {
  const flawed = createRegistry('noise schedule', {}, requireSchedule);
  flawed.register('flawed', {
    description: '',
    create: () => ({ ...schedules.create('linear'), spec: { name: 'flawed' }, ...flaw }) as NoiseSchedule,
  });
  expect(() => flawed.create('flawed')).toThrow(message);
});
