import fc from 'fast-check';
import { InputError } from '../errors';
import { anyRank, together } from './agreement';
import { oneRank } from './communicator';
import { ranksInMemory } from './in-memory';
import { gatherNumbers, shareOf } from './share';

/** What every one of some ranks says. */
const each = <Result>(size: number, act: (ranks: ReturnType<typeof ranksInMemory>[number]) => Promise<Result>) =>
  Promise.all(ranksInMemory(size).map(act));

describe('shareOf', () => {
  it('gives everything to one rank each, as evenly as it goes', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 20 }), (count, size) => {
        const shares = Array.from({ length: size }, (_, rank) => shareOf(count, { rank, size }));
        expect(shares[0]!.first).toBe(0);
        expect(shares.at(-1)!.end).toBe(count);
        shares.slice(1).forEach(({ first }, i) => expect(first).toBe(shares[i]!.end));
        const sizes = shares.map(({ first, end }) => end - first);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('several ranks', () => {
  it('gather numbers in the order of ranks, though some have none', async () => {
    const found = await each(3, (ranks) =>
      gatherNumbers(ranks, new Int32Array(ranks.rank === 1 ? 0 : 2).fill(ranks.rank)),
    );
    for (const numbers of found) expect([...numbers]).toEqual([0, 0, 2, 2]);
  });

  it('have what rank 0 broadcasts', async () => {
    const found = await each(3, (ranks) => ranks.broadcast(Uint8Array.of(ranks.rank, 7)));
    for (const bytes of found) expect([...bytes]).toEqual([0, 7]);
  });

  it('agree on what holds on one of them', async () => {
    expect(await each(3, (ranks) => anyRank(ranks, ranks.rank === 2))).toEqual([true, true, true]);
    expect(await each(3, (ranks) => anyRank(ranks, false))).toEqual([false, false, false]);
    expect([await anyRank(oneRank, true), await anyRank(oneRank, false)]).toEqual([true, false]);
  });

  it('go on together, or fail with the error of the first that failed', async () => {
    expect(await each(2, (ranks) => together(ranks, async () => ranks.rank))).toEqual([0, 1]);
    const failing = await each(3, (ranks) =>
      together(ranks, async () => {
        if (ranks.rank > 0) throw new InputError(`no place at ${ranks.rank}`);
      }).catch((error: unknown) => error),
    );
    for (const error of failing) expect(error).toEqual(new InputError('no place at 1'));
    const faulty = await each(2, (ranks) =>
      together(ranks, async () => {
        if (ranks.rank === 1) throw new TypeError('a fault');
      }).catch((error: unknown) => error),
    );
    expect(faulty).toEqual([new Error('rank 1: a fault'), new TypeError('a fault')]);
  });

  it('of one process alone ask nobody', async () => {
    const values = Float32Array.of(1, 2);
    await oneRank.sum(values);
    expect([...values, ...(await oneRank.broadcast(Uint8Array.of(3)))]).toEqual([1, 2, 3]);
    expect(await together(oneRank, async () => 4)).toBe(4);
  });
});
