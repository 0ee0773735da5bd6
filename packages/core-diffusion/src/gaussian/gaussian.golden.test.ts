import { golden, goldenNames } from '@idlm/tools/golden';
import { uniform } from '../processes/uniform';
import { polynomialOperator, sigmoidOperator } from './approximations';
import { gaussianLevel, gaussianToUniform } from './operator';
import { operatorSeries, seriesOperator } from './series';
import { inverseTemperature } from './temperature';

const param = (name: string, key: string) => Number((golden(name).params as Record<string, unknown>)[key]);

describe.each(goldenNames('schedules/duo_operator'))('%s', (name) => {
  const data = golden(name);
  const operator = gaussianToUniform(param(name, 'V'));
  const gammas = Array.from(data.numbers('gamma'));
  const atol = data.tolerance['atol']!;

  it('gives the reference signal, noise, probability and alpha', () => {
    expect(gammas.map((gamma) => gaussianLevel(gamma).signal)).toBeCloseToArray(data.numbers('gauss_alpha'), { atol });
    expect(gammas.map((gamma) => gaussianLevel(gamma).noise)).toBeCloseToArray(data.numbers('gauss_sigma'), { atol });
    expect(gammas.map((gamma) => operator(gamma).keep)).toBeCloseToArray(data.numbers('pt'), { atol });
    expect(gammas.map((gamma) => operator(gamma).alpha)).toBeCloseToArray(data.numbers('alpha'), { atol });
  });

  it('gives the reference derivatives', () => {
    expect(gammas.map((gamma) => operator(gamma).dAlphaDGamma)).toBeCloseToArray(data.numbers('dalpha_dgamma'), {
      atol,
    });
    expect(gammas.map((gamma) => operator(gamma).dAlphaDSignal)).toBeCloseToArray(data.numbers('dalpha_dgauss_alpha'), {
      atol: atol * 10,
      rtol: 1e-8,
    });
  });
});

describe.each(goldenNames('schedules/duo_series'))('%s', (name) => {
  const data = golden(name);
  const size = param(name, 'V');
  const series = operatorSeries(size, param(name, 'n_terms'));
  const operator = seriesOperator(size, series);
  const width = param(name, 'gamma_max') - param(name, 'gamma_min');

  it('gives the reference coefficients, alpha and derivative', () => {
    const { atol } = data.tolerance as { atol: number };
    expect(series.m).toBeCloseToArray(data.numbers('coeff_m'), { atol });
    expect(series.i).toBeCloseToArray(data.numbers('coeff_i'), { atol });
    const gammas = Array.from(data.numbers('gamma'));
    expect(gammas.map((gamma) => operator(gamma).alpha)).toBeCloseToArray(data.numbers('alpha'), { atol });
    expect(gammas.map((gamma) => operator(gamma).dAlphaDGamma * width)).toBeCloseToArray(data.numbers('dalpha'), {
      atol,
    });
  });
});

describe.each(goldenNames('schedules/duo_table'))('%s', (name) => {
  it('lies within a table bin of the exact operator', () => {
    const data = golden(name);
    const operator = gaussianToUniform(param(name, 'V'));
    expect(Array.from(data.numbers('gamma'), (gamma) => operator(gamma).alpha)).toBeCloseToArray(
      data.numbers('alpha'),
      { atol: 3e-5 },
    );
  });
});

describe.each(goldenNames('schedules/duo_tau'))('%s', (name) => {
  it('follows the reference curriculum', () => {
    const data = golden(name);
    const curriculum = {
      start: param(name, 'start'),
      end: param(name, 'end'),
      logStart: param(name, 'log10_start'),
      logEnd: param(name, 'log10_end'),
    };
    expect(Array.from(data.ints('step'), (step) => inverseTemperature(curriculum, step))).toBeCloseToArray(
      data.numbers('tau_inverse'),
      { rtol: 1e-12 },
    );
  });
});

describe.each(goldenNames('schedules/duo_poly'))('%s', (name) => {
  it('follows the reference polynomial, which is near the exact operator', () => {
    const data = golden(name);
    const { alpha, dAlpha } = polynomialOperator(data.numbers('coefficients'));
    expect(data.numbers('t').map(alpha)).toBeCloseToArray(data.numbers('alpha'), { atol: 1e-10 });
    expect(data.numbers('t').map(dAlpha)).toBeCloseToArray(data.numbers('dalpha'), { atol: 1e-9 });
    const [from, to] = [param(name, 'gamma_min'), param(name, 'gamma_max')];
    const exact = gaussianToUniform(param(name, 'V'));
    const values = data.numbers('t').map((t) => exact(from + t * (to - from)).alpha);
    expect(data.numbers('t').map(alpha)).toBeCloseToArray(values, { atol: 0.05 });
  });
});

describe.each(goldenNames('schedules/duo_sigmoid'))('%s', (name) => {
  it('follows the reference sigmoid, with its slope and the true one', () => {
    const data = golden(name);
    const coefficients = Array.from(data.numbers('coefficients')) as [number, number, number, number];
    const { alpha, dAlpha } = sigmoidOperator(coefficients, 'reference');
    const times = data.numbers('t');
    expect(times.map(alpha)).toBeCloseToArray(data.numbers('alpha'), { atol: 1e-10 });
    expect(times.map(dAlpha)).toBeCloseToArray(data.numbers('dalpha'), { atol: 1e-9 });
    const exact = sigmoidOperator(coefficients);
    const slope = (t: number) => (exact.alpha(t + 1e-6) - exact.alpha(t - 1e-6)) / 2e-6;
    expect(times.map(exact.dAlpha)).toBeCloseToArray(times.map(slope), { atol: 1e-6 });
  });
});

describe.each(goldenNames('schedules/duo_prior_loss'))('%s', (name) => {
  it('is the divergence of the noisiest tokens from uniform ones', () => {
    const size = param(name, 'V');
    const { alpha } = gaussianToUniform(size)(param(name, 'gamma_max'));
    const law = new Float64Array(size);
    uniform({ vocabSize: size }).transition(0, alpha, law);
    const divergence = law.reduce((sum, p) => sum + p * Math.log(p * size), 0);
    expect(divergence).toBeCloseTo(golden(name).numbers('value')[0]!, 4);
  });
});
