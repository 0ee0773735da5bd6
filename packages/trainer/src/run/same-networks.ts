import { createHash } from 'node:crypto';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import type { NetworkState } from '../networks/network-state';

/** Hash of the weights of networks, by role and name. */
async function hashOfWeights(networks: Readonly<Record<string, NetworkState>>): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for (const [role, { weights }] of Object.entries(networks))
    for (const [name, tensor] of Object.entries(weights)) {
      hash.update(`${role} ${name}`);
      const { buffer, byteOffset, byteLength } = await tensor.data();
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  return hash.digest();
}

/**
 * All ranks see that they hold the same weights, to the bit.
 * @throws Error naming the ranks that do not hold those of rank 0
 */
export async function requireSameNetworks(
  ranks: Communicator,
  networks: Readonly<Record<string, NetworkState>>,
  step: number,
): Promise<void> {
  if (ranks.size === 1) return;
  const hashes = await ranks.gather(await hashOfWeights(networks));
  const others = hashes.flatMap((hash, rank) => (Buffer.compare(hash, hashes[0]!) === 0 ? [] : [rank]));
  if (others.length)
    throw new Error(
      `after update ${step} the weights of rank ${others.join(', ')} are not those of rank 0; nothing of it was saved`,
    );
}
