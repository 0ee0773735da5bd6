import { setTimeout as pause } from 'node:timers/promises';
import { collectGarbage } from './collect-garbage';

const held = (): number => process.memoryUsage().arrayBuffers;

/** Fills an array of 8 MiB, and drops it. */
const drop = (): number => new Uint8Array(2 ** 23).fill(1).length;

it.each(['young', 'all'] as const)('what was dropped just now is collected: %s', async (kind) => {
  // What was collected is freed beside this thread; a collection waits for that of the one before.
  collectGarbage();
  collectGarbage();
  const before = held();
  expect(drop()).toBe(2 ** 23);
  expect(held() - before).toBeGreaterThan(2 ** 22);
  collectGarbage(kind);
  while (held() - before > 2 ** 22) await pause(10);
});
