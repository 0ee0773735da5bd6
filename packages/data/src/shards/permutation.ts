import type { Randomness } from '../loaders/loader';

/** A permutation of the numbers 0 … count − 1. */
export type Permutation = (number: number) => number;

/** Rounds of the network: four make a pseudorandom permutation of a random function (Luby and Rackoff, 1988); ours is a hash, so twice as many. */
const ROUNDS = 8;

/** Half of the bits of a number, hashed with the key of a round; murmur3's finalizer. */
function mixed(half: number, key: number): number {
  let hash = Math.imul(half ^ key, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * A random permutation that is computed number by number, so that no list of them has to be held: a Feistel network on the next even number
 * of bits, walked along until the number is one of those that there are.
 *
 * With halves l and r of b bits, a round is (l, r) → (r, l ⊕ F(r, key)), which is a bijection of 2²ᵇ numbers whatever F is. Walking on from
 * numbers beyond `count` keeps it one of the rest: a cycle that begins within comes back within. Since 4ᵇ ≤ 4 · count, a number takes at most
 * 4 walks on average.
 * @param count from 1 to 2⁵²
 * Source: Black and Rogaway (2002), "Ciphers with arbitrary finite domains", cycle-walking and generalized Feistel.
 */
export function permutation(count: number, random: Randomness): Permutation {
  let bits = 1;
  while (4 ** bits < count) bits++;
  const size = 2 ** bits;
  const keys = Array.from({ length: ROUNDS }, () => Math.floor(random.uniform() * 2 ** 32));
  const once = (number: number): number => {
    let [left, right] = [Math.floor(number / size), number % size];
    for (const key of keys) [left, right] = [right, (left ^ mixed(right, key)) & (size - 1)];
    return left * size + right;
  };
  return (number) => {
    let found = once(number);
    while (found >= count) found = once(found);
    return found;
  };
}
