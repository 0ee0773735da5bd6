import * as tf from '@tensorflow/tfjs-core';
import type { TensorFunction } from '@idlm/core-diffusion';
import type { Engine, Precision } from '../engine';
import { type EngineDescription, describeEngine } from '../info';
import { openEngine } from '../open';
import type { EngineOptions } from '../options';
import { runPlainly } from '@idlm/core-diffusion';
import { DISCRETE, EDGES, type Op, SMOOTH, operand, operationWithGradient } from './operations';
import { type StepRate, measureStep } from './rate';
import { train, trainingStep } from './step';

/** One thing that was computed and compared with plain JavaScript. */
export interface Checked {
  readonly name: string;
  /** Largest |found − expected| / (1 + |expected|); absent if nothing was found. */
  readonly error?: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** Why nothing was found. */
  readonly problem?: string;
}

/** What `checkEngine` found. */
export interface EngineCheck {
  readonly engine: EngineDescription;
  readonly passed: boolean;
  readonly operations: readonly Checked[];
  /** The same operations, each as a compiled function; absent where functions are not compiled. */
  readonly compiledOperations?: readonly Checked[];
  /** Losses and weights of some training steps, op by op and, where functions are compiled, compiled. */
  readonly training: readonly Checked[];
  readonly rate: StepRate;
}

/** Of float32 with sums of up to some hundred numbers: an engine may add in another order. */
const EXACT = 1e-5;
/** Rounding of factors adds up over a product: TF32 keeps 10 bits behind the point (5e-4 each), bfloat16 7 (4e-3 each). */
const OF_PRODUCTS: Readonly<Record<Precision, number>> = { float32: EXACT, tf32: 5e-3, bfloat16: 5e-2 };

const SIZES = { batch: 4, length: 8, width: 16, vocab: 12 };
const STEPS = 5;

const OPERATIONS: readonly (readonly [name: string, op: Op, differentiate: boolean])[] = [
  ...Object.entries(SMOOTH).map(([name, op]) => [name, op, true] as const),
  ...Object.entries({ ...DISCRETE, ...EDGES }).map(([name, op]) => [name, op, false] as const),
];

const numbersOf = (tensors: readonly tf.Tensor[]): number[] =>
  tensors.flatMap((tensor) => Array.from(tensor.dataSync()));

function computed(compile: Engine['compile'], fn: TensorFunction): number[] {
  const compiled = compile(fn);
  const given = operand();
  const results = compiled([given]);
  const numbers = numbersOf(results);
  tf.dispose([given, ...results]);
  compiled.dispose();
  return numbers;
}

/** Largest |found − expected| / (1 + |expected|): absolute below 1, relative above; ∞ for another number of numbers, or NaN in one place. */
function errorOf(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Infinity;
  return found.reduce((worst, value, i) => {
    // NaN and infinities have no distance from themselves.
    const error = Object.is(value, expected[i]) ? 0 : Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!));
    return Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }, 0);
}

function compared(name: string, tolerance: number, expected: readonly number[], compute: () => number[]): Checked {
  try {
    const error = errorOf(compute(), expected);
    return { name, error, tolerance, passed: error <= tolerance };
  } catch (failure) {
    return { name, tolerance, passed: false, problem: (failure as Error).message };
  }
}

/**
 * Compares operations with their gradients, and training steps, with plain JavaScript's numbers, and measures rates: each operation
 * op by op and, where functions are compiled, as a function of its own; five steps of a small language model likewise. The largest
 * |found − expected| / (1 + |expected|) may be 1e-5, of products under `tf32` 5e-3 and under `bfloat16` 5e-2.
 * Leaves the engine open, and no tensor behind. What an engine cannot compute is told in `problem`, and is no error here.
 * @throws InputError if it cannot be opened
 * @example
 * ```ts
 * import { checkEngine } from '@idlm/engine/check';
 *
 * const { engine, passed, operations } = await checkEngine({ prefer: 'wasm' });
 * const softmax = operations.find(({ name }) => name === 'softmax')!;
 * console.log(engine.name, passed, softmax.error! <= softmax.tolerance); // → wasm true true
 * ```
 */
export async function checkEngine(options: EngineOptions = {}): Promise<EngineCheck> {
  // Opened first as well, so that what cannot be had is refused before anything is computed.
  await openEngine(options);
  await openEngine({ prefer: 'cpu' });
  const expected = OPERATIONS.map(([, op, differentiate]) =>
    computed(runPlainly, operationWithGradient(op, differentiate)),
  );
  const trained = train(runPlainly(trainingStep(SIZES)), SIZES, STEPS);

  const engine = await openEngine(options);
  const compiles = engine.compiling !== 'off';
  const ofProducts = OF_PRODUCTS[engine.precision];
  const operationsBy = (compile: Engine['compile']) =>
    OPERATIONS.map(([name, op, differentiate], i) =>
      compared(name, /matMul/.test(name) ? ofProducts : EXACT, expected[i]!, () =>
        computed(compile, operationWithGradient(op, differentiate)),
      ),
    );
  const trainingBy = (name: string, compile: Engine['compile']) =>
    compared(name, ofProducts, trained, () => {
      const step = compile(trainingStep(SIZES));
      const numbers = train(step, SIZES, STEPS);
      step.dispose();
      return numbers;
    });
  const operations = operationsBy(runPlainly);
  const compiledOperations = compiles ? operationsBy(engine.compile) : undefined;
  const training = [trainingBy('op by op', runPlainly), ...(compiles ? [trainingBy('compiled', engine.compile)] : [])];
  const passed = [...operations, ...(compiledOperations ?? []), ...training].every((one) => one.passed);
  const [rate, description] = [measureStep(engine), describeEngine(engine)];
  return { engine: description, passed, operations, compiledOperations, training, rate };
}
