import { InputError, isInputError } from '../errors';
import type { Communicator } from './communicator';

/** Whether something holds on at least one rank: what all of them decide by, at the same call. */
export async function anyRank(ranks: Communicator, holds: boolean): Promise<boolean> {
  if (ranks.size === 1) return holds;
  const count = Float32Array.of(Number(holds));
  await ranks.sum(count);
  return count[0]! > 0;
}

/** How an attempt of one rank ended, as ranks tell one another; nothing where it was done. */
interface Failure {
  readonly message: string;
  readonly isInput: boolean;
}

const failureOf = (error: unknown): Failure => ({
  message: error instanceof Error ? error.message : String(error),
  isInput: isInputError(error),
});

/** Bytes that rank 0 makes, at all ranks. Where it fails, all throw its error. */
export async function fromFirst(ranks: Communicator, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const made = await together(ranks, async () => (ranks.rank === 0 ? make() : new Uint8Array(0)));
  return ranks.size === 1 ? made : ranks.broadcast(made);
}

/** Something that rank 0 does first, and the others once it is done: what it keeps for them is then there. All go on, or none. */
export async function firstThenOthers<Result>(ranks: Communicator, act: () => Promise<Result>): Promise<Result> {
  const first = await together(ranks, async () => (ranks.rank === 0 ? { result: await act() } : undefined));
  const later = await together(ranks, async () => (ranks.rank === 0 ? undefined : { result: await act() }));
  return (first ?? later)!.result;
}

/**
 * Something that every rank does: all go on, or none. Where it fails on some, all throw the error of the first of these.
 * What is done must not call other ranks.
 */
export async function together<Result>(ranks: Communicator, act: () => Promise<Result>): Promise<Result> {
  if (ranks.size === 1) return act();
  const [outcome] = await Promise.allSettled([act()]);
  const own = outcome.status === 'rejected' ? new TextEncoder().encode(JSON.stringify(failureOf(outcome.reason))) : [];
  const told = await ranks.gather(Uint8Array.from(own));
  const first = told.findIndex((bytes) => bytes.length > 0);
  if (first < 0) return (outcome as PromiseFulfilledResult<Result>).value;
  if (first === ranks.rank) throw (outcome as PromiseRejectedResult).reason;
  const { message, isInput } = JSON.parse(new TextDecoder().decode(told[first])) as Failure;
  throw isInput ? new InputError(message) : new Error(`rank ${first}: ${message}`);
}
