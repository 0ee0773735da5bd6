import { hostname } from 'node:os';
import { anyRank } from '@idlm/core-diffusion/ranks';
import type { MpiRanks } from '@idlm/mpi';
import type { Finding } from './finding';
import { describeLibrary } from './mpi';

/** Numbers of the sum whose speed is told: 64 MiB, as much as gradients are added at once. */
const MANY = 2 ** 24;

/** Times that each sum is made; the fastest counts, since other work on the machines can only slow one. */
const TIMES = 5;

/** Whether numbers of all ranks are added rightly, on each of them, and the milliseconds of the fastest of some sums. */
async function timedSum(ranks: MpiRanks, count: number): Promise<{ isRight: boolean; milliseconds: number }> {
  const { rank, size } = ranks;
  const numbers = new Float32Array(count);
  let [isRight, milliseconds] = [true, Infinity];
  for (let time = 0; time < TIMES; time++) {
    numbers.forEach((_, i) => (numbers[i] = (i % 7) + rank));
    const began = performance.now();
    await ranks.sum(numbers);
    milliseconds = Math.min(milliseconds, performance.now() - began);
    isRight &&= numbers.every((value, i) => value === size * (i % 7) + (size * (size - 1)) / 2);
  }
  return { isRight: !(await anyRank(ranks, !isRight)), milliseconds };
}

const machines = (count: number) => (count === 1 ? 'one machine' : `${count} machines`);

/**
 * MPI as several ranks find it: the library of each, that they see one another, and that and how fast they add numbers.
 * @param count numbers of the larger sum
 */
export async function examineRanks(ranks: MpiRanks, count = MANY): Promise<Finding[]> {
  const { size, launcher, library } = ranks;
  const hosts = await ranks.gather(new TextEncoder().encode(hostname()));
  const places = new Set(hosts.map((bytes) => new TextDecoder().decode(bytes))).size;
  const [few, many] = [await timedSum(ranks, 1), await timedSum(ranks, count)];
  const started = `${size} on ${machines(places)}, started by ${launcher}`;
  const isRight = few.isRight && many.isRight;
  const speed = `one number takes ${few.milliseconds.toFixed(2)} ms, ${count / 2 ** 18} MiB ${many.milliseconds.toFixed(0)} ms`;
  return [
    { what: 'MPI', state: 'ok', found: describeLibrary(library) },
    isRight
      ? { what: 'ranks', state: 'ok', found: `${started}, add numbers rightly: ${speed}` }
      : { what: 'ranks', state: 'error', found: `${started}, find a wrong sum`, advice: 'use another MPI' },
  ];
}
