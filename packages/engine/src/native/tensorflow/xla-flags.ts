import { join } from 'node:path';
import { VERSIONS } from '../../install/pins';

/** What decides about XLA's flags. */
export interface XlaCircumstances {
  /** Of TensorFlow: XLA ends the process at a flag that it does not know, and the one below was tried with the pinned version. */
  readonly version: string;
  /** Of the processor. */
  readonly features: readonly string[];
  /** Folder of CUDA's libraries. */
  readonly cuda?: string | undefined;
}

/**
 * What `XLA_FLAGS` should hold unless the user has set it: where CUDA's compiler lies, and kernels as wide as AVX-512 allows, of
 * which XLA uses half by itself (GELU and its gradient take a quarter less time).
 */
export function xlaFlags({ version, features, cuda }: XlaCircumstances): string {
  const isWide = features.includes('avx512f') && version === VERSIONS.tensorflow;
  return [
    ...(cuda ? [`--xla_gpu_cuda_data_dir=${join(cuda, 'cuda_nvcc')}`] : []),
    ...(isWide ? ['--xla_cpu_prefer_vector_width=512'] : []),
  ].join(' ');
}
