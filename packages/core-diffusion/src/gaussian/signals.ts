import { InputError } from '../errors';
import { readOptions } from '../options';
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

type Options = NonNullable<Spec['options']>;

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

function series(range: SignalRange, options: Options): SignalAt {
  const { terms = 150 } = readOptions('the operator "series"', options, { terms: 'number' });
  if (!(Number.isInteger(terms) && terms >= 1))
    throw new InputError(`Option "terms" of the operator "series" must be a whole number ≥ 1; ${terms} was given.`);
  return overTime(range, seriesOperator(range.vocabSize, operatorSeries(range.vocabSize, terms)));
}

function polynomial(_range: SignalRange, options: Options): SignalAt {
  const { coefficients } = readOptions('the operator "polynomial"', options, { coefficients: 'numbers' });
  if (!coefficients?.length)
    throw new InputError(
      'The operator "polynomial" takes its coefficients, the constant first: coefficients=[a0,a1,…].',
    );
  return ofApproximation(polynomialOperator(coefficients));
}

function sigmoid(_range: SignalRange, options: Options): SignalAt {
  const { coefficients, slope = 'exact' } = readOptions('the operator "sigmoid"', options, {
    coefficients: 'numbers',
    slope: ['exact', 'reference'],
  });
  if (coefficients?.length !== 4)
    throw new InputError(
      `The operator "sigmoid" takes four coefficients, [a,b,c,d] of a S(t) + d with S = (tanh(b t + c) + 1)/2; ${coefficients?.length ?? 'none'} ${coefficients?.length === 1 ? 'was' : 'were'} given.`,
    );
  return ofApproximation(sigmoidOperator(coefficients as [number, number, number, number], slope));
}

const OPERATORS: Readonly<Record<string, (range: SignalRange, options: Options) => SignalAt>> = {
  quadrature: (range) => overTime(range, gaussianToUniform(range.vocabSize)),
  series,
  polynomial,
  sigmoid,
};

/**
 * α(t) and α′(t) of the uniform process that follows the Gaussian one: `quadrature`, exact; or one of the Duo repository's
 * stand-ins, with which its models were trained: `series` (`terms`), `polynomial` (`coefficients`) and `sigmoid`
 * (`coefficients`, and its `slope`, which as `reference` lacks a factor of 2).
 * @throws InputError for a name or options that there are not
 * Source: Duo (arXiv 2506.10892), equation 10; Duo repository.
 */
export function uniformSignals(range: SignalRange, { name, options = {} }: Spec): SignalAt {
  const make = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (make) return make(range, options);
  throw new InputError(`There is no operator "${name}"; choose one of ${Object.keys(OPERATORS).join(', ')}.`);
}
