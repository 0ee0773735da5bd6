import type { Compile } from '@idlm/core-diffusion';
import type { DeviceNumbers } from '@idlm/core-diffusion/ranks';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Engines by name, best first. */
export type EngineName = 'native' | 'wasm' | 'cpu';

/** How functions are compiled: by TensorFlow's graph executor, by XLA, or not. */
export type CompileMode = 'graph' | 'xla' | 'off';

/**
 * In what products of matrices are computed. Sums in them, everything else, and what is kept are float32: `tf32` rounds
 * the factors to 10 bits behind the point, `bfloat16` to 7.
 */
export type Precision = 'float32' | 'tf32' | 'bfloat16';

/**
 * What native does with memory that is free again. `kept`: it stays the process's for what comes next, which is fastest and lean for
 * small networks. `returned`: it goes back to the system; for networks of tens of millions of weights, of whose steps no two parts
 * have the same sizes, so that what is kept is of little use.
 */
export type FreedMemory = 'kept' | 'returned';

/**
 * Changes the numbers of float32 tensors where they lie, once they are computed.
 * @param tensors of several in the same memory the numbers are given once, and copies for the others
 * @param kept tensors that stay as they are, though one of `tensors` may lie in their memory
 * @param use given the numbers of each; they are its own until its promise ends
 * @returns the changed tensors: the given ones, or others in their place, where those are freed
 */
export type InPlace = (
  tensors: readonly Tensor[],
  kept: readonly Tensor[],
  use: (numbers: readonly Float32Array[]) => Promise<void>,
) => Promise<Tensor[]>;

/**
 * `InPlace` for tensors in the memory of a GPU.
 * @param use given where the numbers of each tensor lie, each in a place of its own
 */
export type OnDevice = (
  tensors: readonly Tensor[],
  kept: readonly Tensor[],
  use: (numbers: readonly DeviceNumbers[]) => Promise<void>,
) => Promise<Tensor[]>;

/** An open TensorFlow.js backend. */
export interface Engine {
  readonly name: EngineName;
  /** One sentence: which engine, and why it and not a better one. */
  readonly reason: string;
  /** Version of what computes, such as the TensorFlow version. */
  readonly version: string;
  /** Devices in use, such as `CPU` or `GPU:0`. */
  readonly devices: readonly string[];
  readonly threads: number;
  /** What `compile` does. */
  readonly compiling: CompileMode;
  readonly precision: Precision;
  /** Whether oneDNN's kernels are in use; absent where there are none. */
  readonly oneDnn?: boolean;
  /**
   * Makes `fn` fast: on native it is traced at the first call with each list of input shapes and later runs as one
   * TensorFlow function; elsewhere it is `fn` inside `tf.tidy`. The caller owns the returned tensors.
   * Numbers that are not inputs become constants of the trace. On native the function runs on threads of TensorFlow's: calls return
   * at once, `await tensor.data()` leaves this thread free, and an error comes to light when a result is read, also that of a call
   * queued behind the one that failed.
   */
  readonly compile: Compile;
  /** Absent where tensors lie elsewhere than in this process's memory, as on GPUs. */
  readonly inPlace?: InPlace;
  /** Where tensors lie in the memory of a GPU. */
  readonly onDevice?: OnDevice;
}
