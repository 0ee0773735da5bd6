import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { NetworkDescription } from '@idlm/core-diffusion';
import {
  type Guard,
  type GuardState,
  type Metrics,
  type Task,
  afterCheck,
  guardSentence,
  isCheckDue,
  isStopped,
  noChecks,
} from '@idlm/trainer';
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
  /** Watches the result, which is this network. */
  readonly watch?: { readonly guard: Guard; readonly network: NetworkDescription };
}

/** What came of a task. */
export interface BriefResult {
  readonly history: History;
  /** Where the guard stands; its kept weights are the result. */
  readonly guard: GuardState;
}

const losses = (metrics: Metrics) => Object.entries(metrics).filter(([name]) => name.endsWith('/loss'));

/** The guard's state after an update, with a check where one is due. */
async function look(
  { task, watch, signal }: BriefRun,
  state: GuardState,
  step: number,
): Promise<{ readonly state: GuardState; readonly reason?: string }> {
  if (!watch || !isCheckDue(watch.guard, state, step)) return { state };
  const parameters = task.networks()[task.result]!.ema;
  const found = await watch.guard.check(parameters, step, signal);
  const weights = { parameters, network: watch.network, role: task.result };
  return { state: await afterCheck(state, found, step, weights), reason: found.reason };
}

/** Makes a task's updates one after another, reporting the loss, until the last one or the guard's end of patience. */
export async function runBriefly(run: BriefRun): Promise<BriefResult> {
  const { task, updates, label, reporter, signal, watch } = run;
  const history: Record<string, number[]> = {};
  let checked: Awaited<ReturnType<typeof look>> = { state: noChecks };
  for (let k = 0; k < updates && !(watch && isStopped(watch.guard, checked.state)); k++) {
    signal?.throwIfAborted();
    const metrics = await task.update(k);
    for (const [name, value] of losses(metrics)) (history[name] ??= []).push(value);
    const recent = Object.entries(history).map(([name, values]) => {
      const last = values.slice(-20);
      return `${name} ${(last.reduce((a, b) => a + b, 0) / last.length).toFixed(3)}`;
    });
    reporter.progress(label, k + 1, updates, recent.join('  '));
    const now = await look(run, checked.state, k + 1);
    if (now.state !== checked.state) checked = now;
    // Updates may run without a pause on the engine; signals need one.
    await turnOfEventLoop();
  }
  const sentence = watch && guardSentence(watch.guard, checked.state, checked.reason);
  if (sentence) reporter.note(sentence);
  return { history, guard: checked.state };
}
