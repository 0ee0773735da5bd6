import type { Tensor } from '@tensorflow/tfjs-core';
import koffi from 'koffi';
import type { InPlace, OnDevice } from '../engine';
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

/**
 * The same for tensors on a device: those that share memory with what is kept, or with one another, are copied first, so that each is
 * changed once.
 */
export const onDeviceOn =
  (backend: NativeBackend): OnDevice =>
  async (given, kept, use) => {
    const placesOf = (tensors: readonly Tensor[]) =>
      backend.binding.locateOnDevice(backend.getInputTensorIds([...tensors]));
    const taken = new Set((await placesOf(kept)).map(({ address }) => address));
    let [tensors, places] = [[...given], await placesOf(given)];
    const isShared = places.map(({ address }) => taken.has(address) || !taken.add(address));
    if (isShared.includes(true)) {
      tensors = tensors.map((tensor, i) => (isShared[i] ? copied(backend, tensor) : tensor));
      places = await placesOf(tensors);
    }
    await use(places.map(({ address, bytes }) => ({ address, length: bytes / Float32Array.BYTES_PER_ELEMENT })));
    return tensors;
  };
