import type { Communicator } from './communicator';

/** A call that some ranks have made, and what each gave. */
interface Call {
  readonly given: unknown[];
  readonly all: Promise<readonly unknown[]>;
  readonly end: (given: readonly unknown[]) => void;
}

function newCall(): Call {
  let end!: Call['end'];
  const all = new Promise<readonly unknown[]>((resolve) => (end = resolve));
  return { given: [], all, end };
}

/**
 * Ranks within one process: to try what several would do, without any.
 * @param size how many
 * @example
 * ```ts
 * import { ranksInMemory } from '@idlm/core-diffusion/ranks';
 *
 * const numbers = [Float32Array.of(1, 2), Float32Array.of(10, 20)];
 * await Promise.all(ranksInMemory(2).map((ranks, i) => ranks.sum(numbers[i]!)));
 * console.log(...numbers[0]!, ...numbers[1]!); // → 11 22 11 22
 * ```
 */
export function ranksInMemory(size: number): readonly Communicator[] {
  const calls = new Map<number, Call>();
  const exchange = async <Given>(number: number, rank: number, given: Given): Promise<readonly Given[]> => {
    const call = calls.get(number) ?? newCall();
    calls.set(number, call);
    call.given[rank] = given;
    if (Object.keys(call.given).length === size) {
      calls.delete(number);
      call.end(call.given);
    }
    return (await call.all) as readonly Given[];
  };
  return Array.from({ length: size }, (_, rank) => {
    let made = 0;
    const tell = <Given>(given: Given) => exchange(made++, rank, given);
    return {
      rank,
      size,
      async sum(values) {
        const all = await tell(values.slice());
        values.fill(0);
        for (const one of all) one.forEach((value, i) => (values[i]! += value));
      },
      gather: (bytes) => tell(bytes.slice()),
      broadcast: async (bytes) => (await tell(bytes.slice()))[0]!,
    };
  });
}
