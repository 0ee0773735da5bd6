import { InputError } from '../errors';
import { createRegistry } from '../registry';
import type { Spec } from '../spec';
import { type OperatorApproximation, polynomialOperator, sigmoidOperator } from './approximations';
import { gaussianToUniform } from './operator';
import { operatorSeries, seriesOperator } from './series';

/** What α(t) is computed for. */
export interface SignalRange {
  readonly vocabSize: number;
  /** γ at t = 0 and t = 1. */
  readonly gamma: readonly [from: number, to: number];
}

/** The signal level and its slope at a time t ∈ [0, 1]. */
export type SignalAt = (t: number) => { readonly alpha: number; readonly dAlpha: number };

/** An operator of γ as one of t, whose slope is γ's range times as steep. */
const overTime =
  (
    { gamma: [from, to] }: SignalRange,
    at: (gamma: number) => { readonly alpha: number; readonly dAlphaDGamma: number },
  ): SignalAt =>
  (t) => {
    const { alpha, dAlphaDGamma } = at(from + t * (to - from));
    return { alpha, dAlpha: dAlphaDGamma * (to - from) };
  };

const ofApproximation =
  ({ alpha, dAlpha }: OperatorApproximation): SignalAt =>
  (t) => ({ alpha: alpha(t), dAlpha: dAlpha(t) });

function series(range: SignalRange, terms: number): SignalAt {
  if (!(Number.isInteger(terms) && terms >= 1))
    throw new InputError(`Option "terms" of the operator "series" must be a whole number ≥ 1; ${terms} was given.`);
  return overTime(range, seriesOperator(range.vocabSize, operatorSeries(range.vocabSize, terms)));
}

function polynomial(coefficients: readonly number[] = []): SignalAt {
  if (!coefficients.length)
    throw new InputError(
      'The operator "polynomial" takes its coefficients, the constant first: coefficients=[a0,a1,…].',
    );
  return ofApproximation(polynomialOperator(coefficients));
}

function sigmoid(slope: 'exact' | 'reference', coefficients: readonly number[] = []): SignalAt {
  if (coefficients.length !== 4)
    throw new InputError(
      `The operator "sigmoid" takes four coefficients, [a,b,c,d] of a S(t) + d with S = (tanh(b t + c) + 1)/2; ${coefficients.length || 'none'} ${coefficients.length === 1 ? 'was' : 'were'} given.`,
    );
  return ofApproximation(sigmoidOperator(coefficients as [number, number, number, number], slope));
}

/** How the signal level of Duo's uniform process follows from the γ of the Gaussian one, by name. */
export const operators = /* @__PURE__ */ createRegistry<SignalAt, SignalRange>('operator', (define) => ({
  quadrature: define({
    description: 'computed, and exact',
    options: {},
    create: (_options, range) => overTime(range, gaussianToUniform(range.vocabSize)),
  }),
  series: define({
    description: 'its power series, cut off',
    options: { terms: { kind: 'number', default: 150, whole: true, minimum: 1, meaning: 'terms of the series' } },
    create: ({ terms }, range) => series(range, terms),
  }),
  polynomial: define({
    description: 'a polynomial that was fitted to it',
    options: { coefficients: { kind: 'numbers', meaning: 'of the powers of t, the constant first' } },
    create: ({ coefficients }) => polynomial(coefficients),
  }),
  sigmoid: define({
    description: 'a sigmoid that was fitted to it, a S(t) + d with S = (tanh(b t + c) + 1)/2',
    options: {
      coefficients: { kind: 'numbers', meaning: 'a, b, c and d' },
      slope: {
        kind: ['exact', 'reference'],
        default: 'exact',
        meaning: 'reference: lacks a factor of 2, as in the repository',
      },
    },
    create: ({ coefficients, slope }) => sigmoid(slope, coefficients),
  }),
}));

/**
 * α(t) and α′(t) of the uniform process that follows the Gaussian one: `quadrature`, exact; or one of the Duo repository's
 * stand-ins, with which its models were trained: `series` (`terms`), `polynomial` (`coefficients`) and `sigmoid`
 * (`coefficients`, and its `slope`, which as `reference` lacks a factor of 2).
 * @throws InputError for a name or options that there are not
 * Source: Duo (arXiv 2506.10892), equation 10; Duo repository.
 */
export function uniformSignals(range: SignalRange, spec: Spec): SignalAt {
  const names = operators.entries().map(([name]) => name);
  if (names.includes(spec.name)) return operators.create(spec, range);
  throw new InputError(`There is no operator "${spec.name}"; choose one of ${names.join(', ')}.`);
}
