import type { Tensor } from '@tensorflow/tfjs-core';
import koffi from 'koffi';
import type { InPlace } from '../engine';
import type { NativeBackend } from './kernels/load-kernels';
import { TYPES } from './tensorflow/types';

const FLOAT = [{ name: 'T', type: TYPES.TF_ATTR_TYPE, value: TYPES.TF_FLOAT }];

/** A tensor of its own with the same numbers; the given one is freed. */
function copied(backend: NativeBackend, tensor: Tensor): Tensor {
  const [copy] = backend.executeMultipleOutputs('DeepCopy', FLOAT, [tensor], 1);
  tensor.dispose();
  return copy!;
}

/**
 * Changes tensors in the memory where TensorFlow has them. Results of a function may lie in memory of its inputs, or of one another:
 * those in the memory of what is kept are copied first, and of several in one place the first is changed for all.
 */
export const inPlaceOn =
  (backend: NativeBackend): InPlace =>
  async (given, kept, use) => {
    const { binding } = backend;
    const located = (tensors: readonly Tensor[]) => binding.locate(backend.getInputTensorIds([...tensors]));
    const others = await located(kept);
    const occupied = new Set(others.places.map(({ address }) => address));
    others.release();
    let [tensors, found] = [[...given], await located(given)];
    if (found.places.some(({ address }) => occupied.has(address))) {
      tensors = tensors.map((tensor, i) => (occupied.has(found.places[i]!.address) ? copied(backend, tensor) : tensor));
      found.release();
      found = await located(tensors);
    }
    try {
      const seen = new Set<number>();
      const arrays = found.places.map(({ address, bytes }) => {
        const numbers = new Float32Array(koffi.view(address, bytes));
        // Callers make the same calls whatever lies where: what is there already is given as a copy, which nobody reads.
        if (seen.has(address)) return numbers.slice();
        seen.add(address);
        return numbers;
      });
      await use(arrays);
    } finally {
      found.release();
    }
    return tensors;
  };
