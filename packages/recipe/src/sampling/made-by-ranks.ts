import { deserialize, serialize } from 'node:v8';
import { type Communicator, type Share, shareOf, together } from '@idlm/core-diffusion/ranks';

/**
 * `count` things of which each rank makes its share, one behind another, at all of them.
 * @param make makes at least one
 * @throws what `make` throws on one of the ranks, on all of them
 */
export async function madeByRanks<Made>(
  ranks: Communicator,
  count: number,
  make: (share: Share) => Promise<readonly Made[]>,
): Promise<readonly Made[]> {
  const share = shareOf(count, ranks);
  if (ranks.size === 1) return make(share);
  const own = await together(ranks, async () => serialize(share.end > share.first ? await make(share) : []));
  return (await ranks.gather(own)).flatMap((bytes) => deserialize(bytes) as Made[]);
}
