import type { Tensor } from '@tensorflow/tfjs-core';

/** Engines by name, best first. */
export type EngineName = 'native' | 'wasm' | 'cpu';

/** A pure function of tensors: what varies from call to call is in `inputs`; all results are in the returned list. */
export type TensorFunction = (inputs: Tensor[]) => Tensor[];

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
  /**
   * Makes `fn` fast: on native it is traced at the first call with each list of input shapes and later runs as one
   * TensorFlow function; elsewhere it is `fn` inside `tf.tidy`. The caller owns the returned tensors.
   * Numbers that are not inputs become constants of the trace.
   */
  compile(fn: TensorFunction): TensorFunction & { dispose(): void };
}
