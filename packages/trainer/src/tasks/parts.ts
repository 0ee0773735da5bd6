import { type BatchPart, InputError, type RandomStream } from '@idlm/core-diffusion';
import type { Batch, Loader } from '@idlm/data';

/** A part of a batch: its clean tokens, which part it is, and its own stream. */
export interface Part {
  readonly batch: Batch & { readonly part: BatchPart };
  readonly random: RandomStream;
}

/**
 * The parts of global batch number `number`, each a batch of the loader: part p of n is the loader's batch
 * number · n + p and draws from `random.split(p)`.
 */
export function partsOf(loader: Loader, number: number, count: number, random: RandomStream): Promise<Part[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      batch: { ...(await loader.at(number * count + index)), part: { index, of: count } },
      random: random.split(index),
    })),
  );
}

/** @throws InputError unless `value` is a whole number of at least 1 */
export function checkCount(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InputError(`${what} is a whole number, at least 1; ${value} was given.`);
}
