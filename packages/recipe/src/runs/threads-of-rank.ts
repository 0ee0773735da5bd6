import { availableParallelism, cpus, hostname } from 'node:os';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import { thisProcessor } from '@idlm/engine';

/** Ranks on this machine, by the name that it gives itself. */
async function ranksHere(ranks: Communicator): Promise<number> {
  const names = await ranks.gather(new TextEncoder().encode(hostname()));
  return names.filter((name) => new TextDecoder().decode(name) === hostname()).length;
}

/** Whether a launcher has bound this process to some of the machine's cores. */
const boundByLauncher = (): boolean => availableParallelism() < cpus().length;

/**
 * Threads of one rank where none are set: its part of the cores that ranks on this machine share. A launcher that binds each rank to
 * cores of its own has shared them out already.
 */
export async function threadsOfRank(
  ranks: Communicator,
  { cores }: { readonly cores: number } = thisProcessor(),
  isBound = boundByLauncher(),
): Promise<number | undefined> {
  if (ranks.size === 1) return undefined;
  const here = await ranksHere(ranks);
  return isBound ? cores : Math.max(1, Math.floor(cores / here));
}
