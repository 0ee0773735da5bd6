import { type Communicator, ranksInMemory } from '@idlm/core-diffusion/ranks';
import { communicatorOf } from './communicator';
import type { MpiFunctions } from './library/functions';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Functions of MPI on ranks of this process, with a record of how they are called. */
function functionsOn(ranks: Communicator, calls: string[]): MpiFunctions {
  const { rank, size } = ranks;
  const put = (all: ArrayBufferView, told: readonly Uint8Array[], placeOf: (other: number) => number) =>
    told.forEach((bytes, other) => bytesOf(all).set(bytes, placeOf(other)));
  const unused = (): never => {
    throw new Error('not called');
  };
  return {
    ...{ file: 'none', kind: 'abi', version: 'of this process', world: 0, init: () => 'multiple', duplicate: () => 0 },
    ...{ rank: () => rank, size: () => size, finalize: unused, abort: unused },
    async sumInPlace(values) {
      calls.push(`sum ${values.length}`);
      await ranks.sum(values);
    },
    async gather(own, all, bytes) {
      calls.push(`gather ${bytes}`);
      put(all, await ranks.gather(bytesOf(own)), (other) => other * bytes);
    },
    async gatherSome(own, all, counts, places) {
      calls.push(`gather ${[...counts].join('+')}`);
      put(all, await ranks.gather(bytesOf(own)), (other) => places[other]!);
    },
    async exchange(given, taken, bytes) {
      calls.push(`exchange ${bytes}`);
      const told = await ranks.gather(bytesOf(given));
      const mine = told.map((all) => all.subarray(rank * bytes, (rank + 1) * bytes));
      put(taken, mine, (other) => other * bytes);
    },
    async broadcast(bytes) {
      calls.push(`broadcast ${bytes.byteLength}`);
      bytesOf(bytes).set(await ranks.broadcast(bytesOf(bytes)));
    },
  };
}

/** What each of some ranks finds, and the calls of the first. */
async function each<Result>(size: number, act: (communicator: Communicator) => Promise<Result>) {
  const calls: string[] = [];
  const found = await Promise.all(
    ranksInMemory(size).map((ranks) =>
      act(communicatorOf(functionsOn(ranks, ranks.rank === 0 ? calls : []), (call) => call)),
    ),
  );
  return { found, calls };
}

describe('communicatorOf', () => {
  it('adds in pieces of 64 MiB', async () => {
    const { found, calls } = await each(2, async (ranks) => {
      const values = new Float32Array(2 ** 24 + 3).fill(ranks.rank + 1);
      await ranks.sum(values);
      return [values[0], values[2 ** 24 - 1], values[2 ** 24], values.at(-1)];
    });
    expect(calls).toEqual(['sum 16777216', 'sum 3']);
    for (const values of found) expect(values).toEqual([3, 3, 3, 3]);
  });

  it('adds what was rounded in float32, shares of unequal sizes too, and all have the same bits', async () => {
    const exact = (i: number) => [1, 2 ** -9, 3, -5][i % 4]! + i;
    const { found, calls } = await each(3, async (ranks) => {
      const values = Float32Array.from({ length: 10 }, (_, i) => exact(i) * (ranks.rank + 1));
      await ranks.sum(values, 'bfloat16');
      return [...values];
    });
    // Four numbers of two bytes for each rank.
    expect(calls).toEqual(['exchange 8', 'gather 8']);
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    found[0]!.forEach((value, i) =>
      expect(Math.abs(value - 6 * exact(i))).toBeLessThanOrEqual(2 ** -7 * 6 * Math.abs(exact(i))),
    );
  });

  it('gathers as many bytes as each rank likes', async () => {
    const { found } = await each(3, (ranks) => ranks.gather(new Uint8Array(ranks.rank === 1 ? 0 : 2).fill(ranks.rank)));
    for (const told of found) expect(told.map((bytes) => [...bytes])).toEqual([[0, 0], [], [2, 2]]);
  });

  it('broadcasts the bytes of rank 0, none too', async () => {
    const { found, calls } = await each(2, async (ranks) => {
      const some = await ranks.broadcast(ranks.rank === 0 ? Uint8Array.of(1, 2, 3) : Uint8Array.of(9));
      return [...some, ...(await ranks.broadcast(new Uint8Array(0)))];
    });
    expect(found).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(calls).toEqual(['broadcast 8', 'broadcast 3', 'broadcast 8']);
  });

  it('makes one call after another, also behind one that failed', async () => {
    const order: string[] = [];
    const functions = {
      ...functionsOn(ranksInMemory(1)[0]!, []),
      async sumInPlace(values: Float32Array) {
        order.push(`begin ${values[0]}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        order.push(`end ${values[0]}`);
        if (values[0] === 1) throw new Error('no');
      },
    };
    const ranks = communicatorOf(functions, (call) => call);
    const ended = await Promise.allSettled([1, 2].map((value) => ranks.sum(Float32Array.of(value))));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });
});
