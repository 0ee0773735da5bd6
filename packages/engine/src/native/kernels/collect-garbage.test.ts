import { collectGarbage } from './collect-garbage';

/** Bytes of arrays, once those that were collected are freed, which is done beside this thread. */
async function held(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return process.memoryUsage().arrayBuffers;
}

/** Fills an array of 8 MiB, and drops it. */
const drop = (): number => new Uint8Array(2 ** 23).fill(1).length;

it.each(['young', 'all'] as const)('what was dropped just now is collected: %s', async (kind) => {
  collectGarbage();
  const before = await held();
  expect(drop()).toBe(2 ** 23);
  expect((await held()) - before).toBeGreaterThan(2 ** 22);
  collectGarbage(kind);
  expect((await held()) - before).toBeLessThan(2 ** 22);
});
