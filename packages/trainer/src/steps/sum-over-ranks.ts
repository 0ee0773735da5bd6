import { structureOf, pack, unpack } from '@idlm/core-diffusion';
import { type Communicator, type Wire, oneRank } from '@idlm/core-diffusion/ranks';
import type { Engine } from '@idlm/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How a training step is shared by ranks. */
export interface OverRanks {
  /** Who computes the parts of a batch (default: this process alone). */
  readonly ranks?: Communicator;
  /** What gradients are rounded to between ranks (default `float32`); the same on all of them. */
  readonly wire?: Wire;
}

/** Numbers of a tensor up to which it goes with others: 2¹⁴, 64 KiB, below which a call costs its latency alone. */
const FEW = 2 ** 14;

/**
 * Adds arrays over all ranks, in place: small ones together, large ones where they lie. Sizes and order are the same on all ranks, and so
 * are the calls.
 */
async function sumArrays(arrays: readonly Float32Array[], { ranks = oneRank, wire }: OverRanks): Promise<void> {
  const small = arrays.filter(({ length }) => length <= FEW);
  const together = new Float32Array(small.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of small) {
    together.set(array, at);
    at += array.length;
  }
  await ranks.sum(together, wire);
  at = 0;
  for (const array of small) array.set(together.subarray(at, (at += array.length)));
  for (const array of arrays) if (array.length > FEW) await ranks.sum(array, wire);
}

/** Tensors with the sums of all ranks, made anew; the given ones are freed. */
async function summedAnew(tensors: readonly Tensor[], over: OverRanks): Promise<Tensor[]> {
  const arrays = await Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.data())));
  await sumArrays(arrays, over);
  return tensors.map((tensor, i) => {
    const sum = tf.tensor(arrays[i]!, tensor.shape);
    tensor.dispose();
    return sum;
  });
}

/**
 * Gradients summed over all ranks: on the GPUs that hold them where the engine and the ranks can, else in TensorFlow's own memory, else
 * in new tensors. What is rounded on its way is not added on GPUs.
 */
function summed(
  { inPlace, onDevice }: Pick<Engine, 'inPlace' | 'onDevice'>,
  tensors: readonly Tensor[],
  kept: readonly Tensor[],
  over: OverRanks,
): Promise<Tensor[]> {
  const { ranks = oneRank, wire = 'float32' } = over;
  if (onDevice && ranks.sumOnDevice && wire === 'float32')
    return onDevice(tensors, kept, (numbers) => ranks.sumOnDevice!(numbers));
  return inPlace ? inPlace(tensors, kept, (arrays) => sumArrays(arrays, over)) : summedAnew(tensors, over);
}

/** What ranks add: gradients, and what is told of them. */
interface Summed {
  readonly loss: Tensor;
  readonly stats: Readonly<Record<string, Tensor>>;
  readonly gradients: Readonly<Record<string, Tensor>>;
}

/**
 * Gradients with loss and scalars, summed over all ranks: see `summed`. Loss and scalars are never rounded.
 * @param given freed, or in what is returned
 * @param kept tensors that stay as they are, though one of the gradients may lie in their memory
 */
export async function sumOverRanks<Groups extends Summed>(
  engine: Pick<Engine, 'inPlace' | 'onDevice'>,
  given: Groups,
  kept: readonly Tensor[],
  over: OverRanks,
): Promise<Groups> {
  const { gradients, ...scalars } = given;
  const [names, told] = [structureOf(gradients), structureOf(scalars)];
  const sums = await summedAnew(pack(scalars, told), { ranks: over.ranks });
  const tensors = await summed(engine, pack(gradients, names), kept, over);
  return { ...unpack(sums, told), gradients: unpack(tensors, names) } as Groups;
}
