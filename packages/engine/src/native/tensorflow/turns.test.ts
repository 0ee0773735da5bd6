import fc from 'fast-check';
import { inTurns } from './turns';

/** As many as koffi is given at once. */
const MOST = 16;

it('gives each caller its own result, and never lets more than 16 run, in whatever order they end', () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 50 }),
      fc.func(fc.boolean()),
      async (s, count, fails) => {
        let [running, most] = [0, 0];
        const turn = inTurns(async (i: number) => {
          most = Math.max(most, ++running);
          await s.schedule(Promise.resolve(), `call ${i}`);
          running--;
          if (fails(i)) throw new Error(`${i} failed`);
          return 10 * i;
        });
        const calls = Promise.allSettled(Array.from({ length: count }, (_, i) => turn(i)));
        const settled = await s.waitFor(calls);
        settled.forEach((one, i) =>
          expect(one.status === 'fulfilled' ? one.value : (one.reason as Error).message).toBe(
            fails(i) ? `${i} failed` : 10 * i,
          ),
        );
        expect([running, most]).toEqual([0, Math.min(MOST, count)]);
      },
    ),
    { numRuns: 40 },
  ));

it('lets those that wait go first come, first served', async () => {
  const [started, ends] = [[] as number[], [] as (() => void)[]];
  const turn = inTurns((i: number) => {
    started.push(i);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  const calls = Array.from({ length: MOST + 3 }, (_, i) => turn(i));
  expect(started).toHaveLength(MOST);
  ends[7]!();
  await calls[7];
  expect(started.slice(MOST)).toEqual([MOST]);
  // One that comes now stands behind those that wait.
  calls.push(turn(99));
  while (ends.length < calls.length) {
    ends.forEach((end) => end());
    await new Promise(setImmediate);
  }
  ends.forEach((end) => end());
  await Promise.all(calls);
  expect(started.slice(MOST)).toEqual([MOST, MOST + 1, MOST + 2, 99]);
});
