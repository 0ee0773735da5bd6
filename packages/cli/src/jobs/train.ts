import type { Metrics, Task } from '@idlm/trainer';
import type { Reporter } from './reporter';

/** Losses of every update of a task, for curves. */
export type History = Readonly<Record<string, readonly number[]>>;

/** How a task is run in memory, without a run directory. */
export interface BriefRun {
  readonly task: Task;
  readonly updates: number;
  readonly label: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

const losses = (metrics: Metrics) => Object.entries(metrics).filter(([name]) => name.endsWith('/loss'));

/** Makes a task's updates one after another, reporting the loss, and returns the losses by role. */
export async function runBriefly({ task, updates, label, reporter, signal }: BriefRun): Promise<History> {
  const history: Record<string, number[]> = {};
  for (let k = 0; k < updates; k++) {
    signal?.throwIfAborted();
    const metrics = await task.update(k);
    for (const [name, value] of losses(metrics)) (history[name] ??= []).push(value);
    const recent = Object.entries(history).map(([name, values]) => {
      const last = values.slice(-20);
      return `${name} ${(last.reduce((a, b) => a + b, 0) / last.length).toFixed(3)}`;
    });
    reporter.progress(label, k + 1, updates, recent.join('  '));
  }
  return history;
}
