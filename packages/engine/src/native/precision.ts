import type { Precision } from '../engine';
import { InputError } from '../errors';

/** What decides which precisions there are. */
export interface Arithmetic {
  readonly gpu: boolean;
  /** The processor's features; see `Processor`. */
  readonly features: readonly string[];
}

/** oneDNN multiplies float32 matrices in bfloat16 on AMX only: on AVX-512 it has no such kernels, and casts cost more than they save. */
const AMX = 'amx_bf16';

/**
 * What is asked for: an option, else what the variable that oneDNN reads says.
 * Source: oneDNN's developer guide, `ONEDNN_DEFAULT_FPMATH_MODE`; TensorFlow's builds read it as TF_SET_ONEDNN_FPMATH_MODE.
 */
export const askedPrecision = (option: Precision | undefined, environment: NodeJS.ProcessEnv): Precision | undefined =>
  option ?? (environment['TF_SET_ONEDNN_FPMATH_MODE'] === 'BF16' ? 'bfloat16' : undefined);

/** The variables by which a precision is asked for before TensorFlow is loaded; without one, those of the user hold. */
export function precisionVariables(asked: Precision | undefined): Readonly<Record<string, string>> {
  if (!asked) return {};
  return {
    TF_SET_ONEDNN_FPMATH_MODE: asked === 'bfloat16' ? 'BF16' : 'STRICT',
    // CUDA's libraries take TF32 wherever it is not forbidden.
    ...(asked === 'float32' ? { NVIDIA_TF32_OVERRIDE: '0' } : {}),
  };
}

/**
 * The precision of products of matrices that a device will have.
 * @throws InputError for one that it lacks
 */
export function settledPrecision(asked: Precision | undefined, { gpu, features }: Arithmetic): Precision {
  if (asked === 'tf32' && !gpu)
    throw new InputError('The precision tf32 is one of GPUs, and there is none here: choose float32.');
  if (asked === 'bfloat16' && !gpu && !features.includes(AMX))
    throw new InputError(
      `The precision bfloat16 needs a GPU or a processor with ${AMX}, and this one has ${features.join(', ') || 'none of the features that are known'}: choose float32.`,
    );
  return asked ?? (gpu ? 'tf32' : 'float32');
}

/** Refuses another precision than that of the engine that is open: TensorFlow reads it once. @throws InputError */
export function requireSamePrecision(asked: Precision | undefined, open: Precision): void {
  if (asked && asked !== open)
    throw new InputError(
      `The native engine is open with the precision ${open}, and ${asked} was asked for: a process has one precision, so start another.`,
    );
}
