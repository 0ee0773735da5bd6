import { type BatchPart, InputError, type RandomStream } from '@idlm/core-diffusion';
import { type Communicator, type Share, oneRank, shareOf } from '@idlm/core-diffusion/ranks';
import type { Batch, Loader } from '@idlm/data';

/** A part of a batch: its clean tokens, which part it is, and its own stream. */
export interface Part {
  readonly batch: Batch & { readonly part: BatchPart };
  readonly random: RandomStream;
}

/**
 * The parts of global batch number `number`, each a batch of the loader: part p of n is the loader's batch
 * number · n + p and draws from `random.split(p)`, whoever computes it.
 * @param share those of this rank
 */
export function partsOf(
  loader: Loader,
  number: number,
  { count, share }: SharedParts,
  random: RandomStream,
): Promise<Part[]> {
  return Promise.all(
    partNumbers(share).map(async (index) => ({
      batch: { ...(await loader.at(number * count + index)), part: { index, of: count } },
      random: random.split(index),
    })),
  );
}

/** The parts of a batch that ranks share: how many there are, and which are this rank's. */
export interface SharedParts {
  readonly count: number;
  readonly share: Share;
}

/** Numbers of a rank's parts. */
export const partNumbers = ({ first, end }: Share): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

/**
 * How ranks share the parts of a batch.
 * @param accumulate parts in all
 * @throws InputError unless there is a whole number of them, one for each rank at least
 */
export function sharedParts(accumulate: number, ranks: Communicator = oneRank): SharedParts {
  const count = checkCount('accumulate', accumulate);
  if (count < ranks.size)
    throw new InputError(
      `An update has ${count} ${count === 1 ? 'batch' : 'batches'}, of which ${ranks.size} ranks have none each; set accumulate to ${ranks.size} or more, or start fewer ranks.`,
    );
  return { count, share: shareOf(count, ranks) };
}

/** @throws InputError unless `value` is a whole number of at least 1 */
export function checkCount(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InputError(`${what} is a whole number, at least 1; ${value} was given.`);
}
