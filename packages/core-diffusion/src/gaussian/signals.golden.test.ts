import { golden, goldenNames } from '@idlm/tools/golden';
import { duo } from '../families/duo/duo';
import { families } from '../families/registry';
import { randomStream } from '../random/stream';
import type { Spec } from '../spec';
import { uniformSignals } from './signals';

const param = (name: string, key: string) => Number((golden(name).params as Record<string, unknown>)[key]);
const rangeOf = (name: string) => ({
  vocabSize: param(name, 'V'),
  gamma: [param(name, 'gamma_min'), param(name, 'gamma_max')] as const,
});

describe.each([
  ...goldenNames('schedules/duo_poly').map((name) => [name, 'polynomial', {}] as const),
  ...goldenNames('schedules/duo_sigmoid').map((name) => [name, 'sigmoid', { slope: 'reference' }] as const),
])('%s as the operator "%s"', (name, operator, more) => {
  const data = golden(name);
  const spec: Spec = { name: operator, options: { coefficients: Array.from(data.numbers('coefficients')), ...more } };

  it('gives the reference alpha and slope at times', () => {
    const values = Array.from(data.numbers('t'), uniformSignals(rangeOf(name), spec));
    expect(values.map(({ alpha }) => alpha)).toBeCloseToArray(data.numbers('alpha'), { atol: 1e-10 });
    expect(values.map(({ dAlpha }) => dAlpha)).toBeCloseToArray(data.numbers('dalpha'), { atol: 1e-9 });
  });

  it('is what the noise of a duo family of that option has, in training', () => {
    const { gamma } = rangeOf(name);
    const family = duo({ vocabSize: 7, gamma, operator: spec });
    const clean = { ids: Int32Array.of(0, 1, 2, 3), batch: 2, length: 2, valid: Uint8Array.of(1, 1, 1, 1) };
    const times = Float64Array.of(0.25, 0.75);
    const noise = family.noise(clean, times, randomStream(3), { update: 0 });
    const signalAt = uniformSignals({ vocabSize: 7, gamma }, spec);
    const sigma = Array.from(times, (t) => -Math.log(signalAt(t).alpha));
    expect(noise.sigma.values).toBeCloseToArray(sigma, { atol: 1e-5 });
  });
});

describe.each(goldenNames('schedules/duo_series'))('%s', (name) => {
  const data = golden(name);
  const range = rangeOf(name);
  const [from, to] = range.gamma;
  const times = data.numbers('gamma').map((gamma) => (gamma - from) / (to - from));

  it.each([
    ['series', { terms: param(name, 'n_terms') }],
    ['quadrature', {}],
  ])('as the operator "%s" gives the reference alpha and slope', (operator, options) => {
    const values = Array.from(times, uniformSignals(range, { name: operator, options }));
    expect(values.map(({ alpha }) => alpha)).toBeCloseToArray(data.numbers('alpha'), { atol: 1e-6 });
    expect(values.map(({ dAlpha }) => dAlpha)).toBeCloseToArray(data.numbers('dalpha'), { atol: 1e-5 });
  });
});

describe('the operator of a duo family', () => {
  const create = (operator: Spec | string) =>
    families.create(
      { name: 'duo', options: { operator: operator as never } },
      { vocabSize: 9, maskId: undefined as never },
    );

  it('stands in its specification, from which the same family is made', () => {
    const family = create({ name: 'sigmoid', options: { coefficients: [-0.9, 5, -2, 1] } });
    expect(family.spec.options).toMatchObject({
      operator: { name: 'sigmoid', options: { coefficients: [-0.9, 5, -2, 1] } },
    });
    expect(families.create(family.spec, { vocabSize: 9, maskId: undefined as never }).spec).toEqual(family.spec);
    expect(create('series').spec.options).toMatchObject({ operator: { name: 'series', options: {} } });
  });

  it.each<[string | Spec, string]>([
    ['table', 'There is no operator "table"; choose one of quadrature, series, polynomial, sigmoid.'],
    ['polynomial', 'The operator "polynomial" takes its coefficients, the constant first'],
    [{ name: 'sigmoid', options: { coefficients: [1] } }, 'takes four coefficients, [a,b,c,d]'],
    [{ name: 'sigmoid', options: { coefficients: 'abcd' } }, 'must be a list of numbers; "abcd" was given'],
    [{ name: 'quadrature', options: { terms: 3 } }, 'the quadrature operator has no option "terms"; it has none.'],
    [{ name: 'series', options: { terms: 1.5 } }, 'must be a whole number ≥ 1; 1.5 was given'],
  ])('%j is refused', (operator, message) => expect(() => create(operator)).toThrow(message));
});
