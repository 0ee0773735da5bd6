import { InputError } from '@idlm/core-diffusion';
import { type Engine, measureMatMul } from '@idlm/engine';
import type { RunMode, TrainResult } from '@idlm/trainer';
import { openConfigured } from '../jobs/configured-engine';
import { textBytes } from '../jobs/memory-estimate';
import type { RunRole } from '../jobs/run-records';
import { COMMANDS } from '../jobs/run-settings';
import { type LoadedConfig, requireRead } from '../config';
import { runTraining } from '../runs/run-training';
import type { Training } from '../runs/training';
import { type Interrupts, type Terminal, type TerminalReporter, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { type Beginning, beginningOf, reportFinished } from './resume';
import type { RunOptions } from './shared';

/** A command that writes a run. */
export interface TrainingCommand {
  readonly role: RunRole;
  /** The command that goes on with the run, without `--out`, such as `distill --teacher runs/teacher`. */
  readonly again: string;
  /** What is trained, from the configuration; tells of the text on the way. */
  prepare(loaded: LoadedConfig, reporter: TerminalReporter): Promise<Training>;
}

/** What becomes of an existing folder. */
function modeOf({ resume, force }: RunOptions): RunMode {
  if (resume && force) throw new InputError('--resume goes on with a run and --force deletes it; give one of them.');
  return resume ? 'resume' : force ? 'force' : 'new';
}

/**
 * Says what a run would do. Memory follows from sizes alone; time needs the rate of the engine, which only the open one tells;
 * weights, which may be large, are not read.
 */
function showPlan(
  { label, network, size, corpus, updates }: Training,
  engine: Engine,
  made: number,
  terminal: Terminal,
) {
  const what = label.charAt(0).toLowerCase() + label.slice(1);
  const run = { ...size, engine: engine.name, network, text: textBytes(corpus), updates: updates - made };
  const plan = planRun(what, run);
  terminal.result(plan, () => describePlan(plan, measureMatMul()));
}

/** Says how a run ended, and where its result lies. */
function reportEnd(
  terminal: Terminal,
  command: string,
  path: string,
  { step, interrupted, checkpoint, guard }: TrainResult,
): void {
  if (interrupted)
    terminal.note(`Stopped after update ${step} and saved; go on with "idlm ${command} --out ${path} --resume".`);
  // What the guard did tells a program of which update the model is.
  terminal.result({ step, interrupted, model: checkpoint.path, ...(guard ? { guard } : {}) }, () => checkpoint.path);
}

/** Opens the engine and runs what is prepared, or says what it would do. */
async function runPrepared(
  training: Training,
  { options, loaded, resumed }: Beginning & { readonly options: RunOptions },
  reporter: TerminalReporter,
  interrupts: Interrupts,
  terminal: Terminal,
): Promise<TrainResult | undefined> {
  reporter.doing('Opening the engine');
  const engine = await openConfigured(loaded, reporter);
  if (options.dryRun) return void showPlan(training, engine, resumed?.step ?? 0, terminal);
  training.corpus.notes.forEach((line) => reporter.note(line));
  const place = { engine, path: options.out, mode: modeOf(options), continued: resumed };
  return runTraining(training, { ...place, reporter, interrupts });
}

/** Runs a command that trains a network in a run directory. */
export async function runTrainingCommand(
  { role, again, prepare }: TrainingCommand,
  options: RunOptions,
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> {
  modeOf(options);
  const { loaded, resumed } = await beginningOf(options, role);
  requireRead(loaded, COMMANDS[role]);
  if (reportFinished(terminal, resumed)) return;
  const reporter = terminalReporter(terminal);
  const training = await prepare(loaded, reporter);
  const result = await runPrepared(training, { options, loaded, resumed }, reporter, interrupts, terminal);
  if (result) reportEnd(terminal, again, options.out, result);
}
