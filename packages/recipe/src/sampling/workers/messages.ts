import { InputError, type NetworkDescription, type Parameters, isInputError } from '@idlm/core-diffusion';
import type { HostRequest } from '@idlm/denoiser';

/** A network whose weights all workers read from the same memory. */
export interface SharedNetwork {
  /** Distinguishes it among those of a pool. */
  readonly id: number;
  readonly network: NetworkDescription;
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: Float32Array;
  }[];
}

/** A question to a worker: whether networks of a type are registered there. */
export interface Question {
  readonly knows: string;
}

/** What a worker answers to a question. */
export interface Answer {
  readonly isKnown: boolean;
}

/** What a worker is to compute. */
export interface Order {
  /** The network that is to answer. */
  readonly id: number;
  /** That network, if this worker has not yet answered with it. */
  readonly load?: SharedNetwork;
  /** Its `t` and `times` are the total noise σ itself, so that workers need not know the schedule. */
  readonly request: HostRequest;
}

/** An error as it crosses threads, which keep neither class nor members. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  readonly isInput: boolean;
}

/** What a worker answers to an order: logits, [N, V], or why there are none. */
export type Reply = { readonly values: Float32Array } | { readonly failure: Failure };

/** Copies a network's weights to where workers can read them. */
export function shareNetwork(id: number, network: NetworkDescription, parameters: Parameters): SharedNetwork {
  const weights = Object.entries(parameters).map(([name, tensor]) => {
    const values = new Float32Array(new SharedArrayBuffer(tensor.size * Float32Array.BYTES_PER_ELEMENT));
    values.set(tensor.dataSync());
    return { name, shape: tensor.shape, values };
  });
  return { id, network, weights };
}

/** A thrown error, to be sent. */
export const failureIn = (error: Error): Failure => ({
  message: error.message,
  stack: error.stack,
  isInput: isInputError(error),
});

/** An error that was sent, to be thrown. */
export const errorOf = ({ message, stack, isInput }: Failure): Error =>
  isInput ? new InputError(message) : Object.assign(new Error(message), { stack });
