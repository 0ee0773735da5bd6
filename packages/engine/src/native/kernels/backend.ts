import * as tf from '@tensorflow/tfjs-core';
import type { BackendValues, Tensor } from '@tensorflow/tfjs-core';
import type { OpenBinding } from '../tensorflow/binding';
import { correctRounding, refuseMissing } from './corrections';
import { replaceGather } from './gather';
import { collectGarbage } from './collect-garbage';
import { type NativeBackend, loadKernels } from './load-kernels';

/** The name under which tfjs-node's kernels are registered. */
export const NATIVE_BACKEND = 'tensorflow';

/** Bytes of a tensor from which on it is handed over when it is made. */
export const HANDED_OVER = 1 << 20;

/**
 * Bytes handed over from which on the arrays are collected: 32 MiB, which takes about as long to read and copy as to collect. While a network is
 * loaded so much of it, or half as much again where its numbers lay in 16 bits, is in memory twice.
 */
const WORTH_COLLECTING = 1 << 25;

/**
 * tfjs-node keeps the numbers of a new tensor on the host until an op first reads them. Large ones go to TensorFlow at once
 * instead, so that each array can be collected while the next are made: those of a whole network would all be garbage
 * at its first call, and nothing made afterwards is large enough to have it collected. Those are collected here.
 */
function handOverLarge(backend: NativeBackend): NativeBackend {
  const { binding } = backend;
  const write = backend.write.bind(backend);
  let handed = 0;
  // Before the next array, or what is computed from these: by then nothing else needs them, as a rule.
  const collectHanded = () => {
    if (handed < WORTH_COLLECTING) return;
    collectGarbage();
    handed = 0;
  };
  const { executeFunction } = binding;
  binding.executeFunction = (...call) => {
    collectHanded();
    return executeFunction(...call);
  };
  backend.write = (values, shape, dtype) => {
    const isLarge = ArrayBuffer.isView(values) && values.byteLength >= HANDED_OVER;
    // Small ones of the same call come before anybody lets go of the large.
    if (isLarge) collectHanded();
    const dataId = write(values, shape, dtype);
    // While a function is traced the host may still ask for what it has just made.
    if (isLarge && backend.binding === binding) {
      backend.getInputTensorIds([{ dataId } as Tensor]);
      handed += values.byteLength;
    }
    return dataId;
  };
  return backend;
}

/**
 * Bytes of an array from which on reading it counts, of those that were read from which on they are collected while they are young, and from
 * which on all garbage is: that takes 60 ms, a hundredth of a call of 200 MB of logits, which would make it necessary.
 */
const [LARGE_READ, READ_WORTH_COLLECTING, READ_WORTH_ALL] = [2 ** 22, 2 ** 26, 2 ** 29];

/**
 * tfjs-node reads while all else waits; results of functions are yet to come when they are asked for. Large arrays that were read are
 * collected before the next is, since those of a whole network, which is read to be saved, would be garbage beside the file that is made of
 * it; and before the next function runs, since a call's logits would be garbage beside what the next call computes.
 */
function readLater(backend: NativeBackend): NativeBackend {
  const { binding } = backend;
  let [read, sinceAll] = [0, 0];
  /** Most were dropped soon; those that somebody held for longer are collected with everything. */
  const collectRead = () => {
    if (read < READ_WORTH_COLLECTING) return;
    sinceAll += read;
    read = 0;
    const isWorthAll = sinceAll >= READ_WORTH_ALL;
    collectGarbage(isWorthAll ? 'all' : 'young');
    if (isWorthAll) sinceAll = 0;
  };
  const { executeFunction } = binding;
  binding.executeFunction = (...call) => {
    collectRead();
    return executeFunction(...call);
  };
  backend.read = async (dataId) => {
    const isUploaded = backend.tensorMap.get(dataId).values === null;
    // What is on the host needs no thread, and inside a trace `readSync` refuses by name.
    if (!isUploaded || backend.binding !== binding) return backend.readSync(dataId);
    collectRead();
    const values = await binding.tensorData(backend.getInputTensorIds([{ dataId } as Tensor])[0]!);
    if (values.byteLength >= LARGE_READ) read += values.byteLength;
    return values as BackendValues;
  };
  return backend;
}

/**
 * Registers and selects the native backend.
 * @param kernels folder of tfjs-node's JavaScript
 */
export async function useNativeBackend({ binding }: OpenBinding, kernels: string): Promise<NativeBackend> {
  const Backend = loadKernels(kernels);
  replaceGather(NATIVE_BACKEND);
  correctRounding(NATIVE_BACKEND);
  refuseMissing(NATIVE_BACKEND);
  tf.registerBackend(NATIVE_BACKEND, () => readLater(handOverLarge(new Backend(binding, '@tensorflow/tfjs-node'))));
  await tf.setBackend(NATIVE_BACKEND);
  return tf.backend() as NativeBackend;
}
