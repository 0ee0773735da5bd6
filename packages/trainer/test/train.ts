import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { openRunDirectory } from '../src/run/directory';
import type { TrainResult, TrainerOptions } from '../src/run/options';
import { createTrainer } from '../src/run/trainer';
import type { TrainEvent } from '../src/logs/events';
import type { Task } from '../src/tasks/task';
import { config, optimizer, tinyDistillation, tinyParameters, tinyTeacher } from './tiny';

/** Tasks that runs are tested with, by name. */
export const taskNames = ['teacher', 'accumulated', 'distillation', 'accumulated distillation'] as const;
export type TaskName = (typeof taskNames)[number];

export function tinyTask(engine: Engine, name: TaskName): Task {
  if (name === 'teacher') return tinyTeacher(engine);
  if (name === 'accumulated') return tinyTeacher(engine, { accumulate: 2, random: randomStream(11) });
  const teacher = tinyParameters(5);
  // As published runs have it: gradients of several batches, and a fake network without an average.
  const accumulated = { accumulate: 2, fake: { ...optimizer(2e-3), ema: { decay: 0 } } };
  const task = tinyDistillation(engine, teacher, name === 'distillation' ? { fakeUpdates: 2 } : accumulated);
  Object.values(teacher).forEach((tensor) => tensor.dispose());
  return task;
}

export const model = {
  family: { name: 'mdlm', options: { schedule: 'cosine' } },
  network: { type: 'dit', config },
  files: { 'tokenizer.json': '{}\n' },
};

/** Runs a task in a folder to its end or its signal, as a command would; returns its events. */
export async function trainIn(
  path: string,
  task: Task,
  options: Partial<TrainerOptions> & { readonly config: TrainerOptions['config'] },
): Promise<{ readonly events: TrainEvent[]; readonly result: TrainResult }> {
  let time = 0;
  const clock = () => (time += 1000);
  const run = await openRunDirectory({
    path,
    mode: options.resume ? 'resume' : 'new',
    config: {},
    manifest: {},
    clock,
  });
  const events: TrainEvent[] = [];
  try {
    const trainer = createTrainer({ task, model, store: run.checkpoints, sinks: run.sinks, clock, ...options });
    const loop = trainer.run();
    let next = await loop.next();
    for (; !next.done; next = await loop.next()) events.push(next.value);
    return { events, result: next.value };
  } finally {
    await run.close();
  }
}

/** Kinds of events with the updates that they came after. */
export const kinds = (events: readonly TrainEvent[]): string[] => events.map(({ kind, step }) => `${kind} ${step}`);

/** Messages of what was warned of. */
export const warnings = (events: readonly TrainEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));

/** Every byte in which two equal runs agree at a step: metrics and checkpoint, by path within the run. */
export async function bytesOf(path: string, step: number): Promise<Record<string, string>> {
  const folder = join('checkpoints', `step-${step}`);
  const names = ['metrics.jsonl', ...(await readdir(join(path, folder))).map((name) => join(folder, name))];
  const contents = names.map(async (name) => [name, (await readFile(join(path, name))).toString('base64')] as const);
  return Object.fromEntries(await Promise.all(contents));
}
