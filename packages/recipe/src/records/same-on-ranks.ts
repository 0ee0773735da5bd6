import { InputError, type Json } from '@idlm/core-diffusion';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import { differences, show } from '@idlm/trainer';
import { HASHED } from './run-settings';

/** What each rank may have its own of: cores of its machine, and where files lie, of which hashes tell whether they are the same. */
const OWN: readonly string[] = [...HASHED, 'engine.threads'];

/**
 * Refuses ranks that would not do the same thing, before they have begun: each would go its own way without a word, or wait for numbers
 * that never come.
 * @param facts what this rank was asked for, and hashes of what it has read
 * @throws InputError on all ranks, naming the first difference from rank 0 with both values
 */
export async function requireSameOnRanks(ranks: Communicator, facts: Readonly<Record<string, Json>>): Promise<void> {
  if (ranks.size === 1) return;
  const told = await ranks.gather(new TextEncoder().encode(JSON.stringify(facts)));
  const [first, ...others] = told.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Json);
  others.forEach((other, i) => {
    const found = differences(first, other).find(({ path }) => !OWN.includes(path));
    if (!found) return;
    throw new InputError(
      `Rank ${i + 1} has ${found.path} ${show(found.given)}, and rank 0 has ${show(found.saved)}: ranks do one thing together; start all of them with the same command, files and versions.`,
    );
  });
}
