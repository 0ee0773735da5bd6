import { join } from 'node:path';
import type { Engine } from '@idlm/engine';
import { resolveConfig, trainTeacher } from '@idlm/recipe';
import { recorder } from './recorder';
import type { Soak } from './soak';

/** A small model, with checkpoints, logs and samples in quick succession. */
export const SMALL = resolveConfig({
  set: {
    model: { hidden: 32, blocks: 2, heads: 2, cond: 8 },
    data: { length: 32 },
    teacher: { updates: 1_000_000_000, batch: 16, validation: null },
    checkpoints: { every: 100, keep: 2 },
    logs: { every: 10, samplesEvery: 200 },
    sampling: { steps: 8 },
  },
});

/** Trains in a run directory until it is told that the time is over. @param isOver is asked after each update */
export async function trainUntil(
  isOver: (step: number) => boolean,
  { out, engine }: { readonly out: string; readonly engine: Engine },
): Promise<void> {
  const over = new AbortController();
  const text = 'true places never are, and the sea was calm and the ship was slow. '.repeat(200);
  const onEvent = (event: { readonly kind: string; readonly step?: number }) => {
    if (event.kind === 'update' && isOver(event.step ?? 0)) over.abort();
  };
  await trainTeacher(SMALL, { text, out, engine, signal: over.signal, onEvent }).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
}

/** Trains. */
export const training: Soak = {
  name: 'training',
  async run({ folder, engine, seconds }) {
    const { readings, look } = recorder(seconds);
    await trainUntil(look, { out: join(folder, 'teacher'), engine });
    return { readings, wrong: [] };
  },
};
