import { InputError } from '@idlm/core-diffusion';
import type { EngineName } from '@idlm/engine';
import type { RunMode, TrainResult } from '@idlm/trainer';
import { type OnEvent } from '@idlm/recipe';
import { type LoadedConfig, openConfigured, plannedEngine, requireRead } from '@idlm/recipe/config';
import { COMMANDS, type RunRole } from '@idlm/recipe/records';
import { type Training, runTraining, textBytes } from '@idlm/recipe/runs';
import { tellEvents } from '../sentences/events';
import { type Interrupts, type Terminal, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { type Beginning, beginningOf, reportFinished } from './resume';
import type { RunOptions } from './shared';

/** A command that writes a run. */
export interface TrainingCommand {
  readonly role: RunRole;
  /** The command that goes on with the run, without `--out`, such as `distill --teacher runs/teacher`. */
  readonly again: string;
  /** What is trained, from the configuration; tells of the text on the way. */
  prepare(loaded: LoadedConfig, onEvent: OnEvent): Promise<Training>;
}

/** What becomes of an existing folder. */
function modeOf({ resume, force }: RunOptions): RunMode {
  if (resume && force) throw new InputError('--resume goes on with a run and --force deletes it; give one of them.');
  return resume ? 'resume' : force ? 'force' : 'new';
}

/** Says what a run would do, from sizes alone: no engine is opened, and weights, which may be large, are not read. */
function showPlan(
  { label, network, size, recipe, updates }: Training,
  engine: EngineName,
  made: number,
  terminal: Terminal,
) {
  const what = label.charAt(0).toLowerCase() + label.slice(1);
  const run = { ...size, engine, network, text: textBytes(recipe.corpus), updates: updates - made };
  const plan = planRun(what, run);
  terminal.result(plan, () => describePlan(plan));
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

/** Opens the engine and runs what is prepared. */
async function runPrepared(
  training: Training,
  { options, loaded, resumed }: Beginning & { readonly options: RunOptions },
  onEvent: OnEvent,
  signal: AbortSignal,
): Promise<TrainResult> {
  const engine = await openConfigured(loaded, training.network);
  onEvent({ kind: 'engine', engine });
  training.recipe.corpus.notes.forEach((message) => onEvent({ kind: 'note', message }));
  const place = { engine, path: options.out, mode: modeOf(options), continued: resumed };
  return runTraining(training, { ...place, onEvent, signal });
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
  const onEvent = tellEvents({ terminal, reporter, interrupts });
  const training = await prepare(loaded, onEvent);
  if (options.dryRun) return showPlan(training, plannedEngine(loaded), resumed?.step ?? 0, terminal);
  reporter.doing('Opening the engine');
  const result = await runPrepared(training, { options, loaded, resumed }, onEvent, interrupts.signal);
  reportEnd(terminal, again, options.out, result);
}
