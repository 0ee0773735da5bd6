import fc from 'fast-check';
import { golden, goldenNames } from '@idlm/tools/golden';
import { importanceOf } from './schedules/importance';
import { logLinear } from './schedules/log-linear';
import { cosine } from './schedules/cosine';
import { checkGrid, equalAlphaGrid, timeGrid } from './time-grid';
import { drawTimes, timesFromUniforms } from './times';
import { randomStream } from './random/stream';

describe('drawTimes', () => {
  it('puts exactly one antithetic time in each of n equal slices', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 64 }), (seed, count) => {
        const eps = 1e-3;
        const slices = Array.from(drawTimes(count, randomStream(seed)), (t) =>
          Math.floor(((t - eps) / (1 - eps)) * count + 1e-9),
        );
        expect(slices).toEqual(slices.map((_, i) => i));
      }),
    );
  });

  it('keeps them even over a batch that is run in parts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 8 }), (seed, count, of) => {
        const parts = Array.from({ length: of }, (_, index) =>
          Array.from(drawTimes(count, randomStream(seed).split(index), { samplingEps: 0, part: { index, of } })),
        );
        const slices = parts.flat().map((t) => Math.floor(t * count * of + 1e-9));
        expect(slices.sort((a, b) => a - b)).toEqual(slices.map((_, i) => i));
      }),
    );
  });

  it('refuses a smallest time outside [0, 1)', () => {
    expect(() => drawTimes(2, randomStream(0), { samplingEps: 1 })).toThrow(
      'samplingEps must lie in [0, 1); 1 was given.',
    );
  });
});

describe.each(goldenNames('losses/sample_t'))('%s', (name) => {
  const data = golden(name);
  const samplingEps = Number((data.params as Record<string, unknown>)['sampling_eps']);
  const rtol = data.tolerance['rtol_f64'];

  it.each([true, false])('draws the reference times (antithetic %p)', (antithetic) => {
    const kind = antithetic ? 'antithetic' : 'plain';
    const times = timesFromUniforms(data.numbers(`u_${kind}`), { antithetic, samplingEps });
    expect(times).toBeCloseToArray(data.numbers(`t_${kind}`), { rtol });
  });

  it('draws the reference importance-sampled times', () => {
    const times = timesFromUniforms(data.numbers('u_importance'), { samplingEps });
    expect(times.map(importanceOf(logLinear()).time)).toBeCloseToArray(data.numbers('t_importance'), { rtol });
  });
});

describe('timeGrid', () => {
  it('runs from all noise to the end in equal steps', () => {
    expect(timeGrid(4, { to: 0 })).toBeCloseToArray([1, 0.75, 0.5, 0.25, 0]);
    expect(timeGrid(1)).toEqual(Float64Array.of(1, 1e-5));
  });

  it('takes listed times as they are, and lies between them at other numbers of steps', () => {
    const spacing = [1, 0.6, 0.5, 0.1];
    expect(Array.from(timeGrid(3, { spacing }))).toEqual(spacing);
    expect(timeGrid(6, { spacing })).toBeCloseToArray([1, 0.8, 0.6, 0.55, 0.5, 0.3, 0.1], { atol: 1e-12 });
    expect(timeGrid(2, { spacing })).toBeCloseToArray([1, 0.55, 0.1], { atol: 1e-12 });
    expect(() => timeGrid(3, { spacing: [0.5, 0.6] })).toThrow('entry 1 is 0.6 after 0.5');
  });

  it('takes of several lists the one of as many steps, and is uniform at others', () => {
    const spacing = [
      [1, 0.6, 0.1],
      [1, 0.9, 0.5, 0],
    ];
    expect(Array.from(timeGrid(2, { spacing }))).toEqual(spacing[0]);
    expect(Array.from(timeGrid(3, { spacing }))).toEqual(spacing[1]);
    expect(timeGrid(4, { spacing, to: 0 })).toBeCloseToArray([1, 0.75, 0.5, 0.25, 0], { atol: 1e-12 });
    expect(() => timeGrid(4, { spacing: [[1, 0.5], [0.5, 0.6]] })).toThrow('entry 1 is 0.6 after 0.5'); // prettier-ignore
    expect(() => timeGrid(4, { spacing: [] })).toThrow('at least two times; 0 were given');
  });

  it('is accepted by checkGrid for every spacing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom('uniform' as const, 'cosine' as const),
        (steps, spacing) => {
          checkGrid(timeGrid(steps, { spacing }));
          checkGrid(equalAlphaGrid(steps, cosine()));
        },
      ),
    );
  });

  it('can space signal evenly', () => {
    const schedule = cosine();
    const alphas = Array.from(equalAlphaGrid(8, schedule), schedule.alpha);
    const gaps = alphas.slice(1).map((alpha, i) => alpha - alphas[i]!);
    expect(gaps).toBeCloseToArray(
      gaps.map(() => gaps[0]!),
      { atol: 1e-12 },
    );
    expect(equalAlphaGrid(5, logLinear())).toBeCloseToArray(timeGrid(5), { atol: 1e-12 });
  });

  it('refuses bad steps, bad ends and grids that rise', () => {
    expect(() => timeGrid(0)).toThrow('at least 1; 0 was given');
    expect(() => timeGrid(3, { from: 0.1, to: 0.2 })).toThrow('from 0.1 to 0.2');
    expect(() => checkGrid([1, 0.5, 0.5])).toThrow('entry 2 is 0.5 after 0.5');
    expect(() => checkGrid([1])).toThrow('at least two times');
  });
});
