import { InputError } from '@idlm/core-diffusion';
import { type Communicator, anyRank, firstThenOthers, oneRank, together } from '@idlm/core-diffusion/ranks';
import type { Engine, EngineName } from '@idlm/engine';
import type { RunMode, TrainResult } from '@idlm/trainer';
import { type OnEvent } from '@idlm/recipe';
import { type LoadedConfig, openConfigured, plannedEngine, requireRead } from '@idlm/recipe/config';
import { COMMANDS, type RunRole } from '@idlm/recipe/records';
import { type Training, overRanks, runTraining, textBytes, threadsOfRank } from '@idlm/recipe/runs';
import { tellEvents } from '../sentences/events';
import { type Interrupts, type Terminal, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { type Beginning, beginningOf, reportFinished } from './resume';
import type { RunFlags } from '../flags/config-flags';

/** A command that writes a run. */
export interface TrainingCommand {
  readonly role: RunRole;
  /** The command that goes on with the run, without `--out`, such as `distill --teacher runs/teacher`. */
  readonly again: string;
  /** What is trained, from the configuration; tells of the text on the way. */
  prepare(loaded: LoadedConfig, onEvent: OnEvent): Promise<Training>;
}

/** What becomes of an existing folder. */
function modeOf({ resume, force }: RunFlags): RunMode {
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

/** What ranks share. */
const describeRanks = (ranks: number, { size: { batch, accumulate } }: Training): string =>
  `${ranks} ranks share the ${accumulate} batches of ${batch} of each update.`;

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

/** Ranks that add numbers on their GPUs where all have one. */
async function onTheirDevices({ onDevice }: Engine, ranks: Communicator): Promise<Communicator> {
  if (await anyRank(ranks, !onDevice)) return ranks;
  return (await import('@idlm/mpi')).ranksOnGpus(ranks);
}

/** Opens the engine and runs what is prepared. */
async function runPrepared(
  training: Training,
  { options, loaded, resumed }: Beginning & { readonly options: RunFlags },
  onEvent: OnEvent,
  { signal, ranks: processes }: { readonly signal: AbortSignal; readonly ranks: Communicator },
): Promise<TrainResult> {
  const threads = await threadsOfRank(processes);
  const engine = await together(processes, () => openConfigured(loaded, [training.network], threads));
  const ranks = await onTheirDevices(engine, processes);
  onEvent({ kind: 'engine', engine });
  training.recipe.corpus.notes.forEach((message) => onEvent({ kind: 'note', message }));
  const place = { engine, path: options.out, mode: modeOf(options), continued: resumed };
  return runTraining(training, { ...place, onEvent, signal, ranks });
}

/** Runs a command that trains a network in a run directory. */
export async function runTrainingCommand(
  { role, again, prepare }: TrainingCommand,
  options: RunFlags,
  terminal: Terminal,
  interrupts: Interrupts,
  ranks: Communicator = oneRank,
): Promise<void> {
  modeOf(options);
  const { loaded: given, resumed } = await together(ranks, () => beginningOf(options, role));
  // A run that is gone on with counts the batches of all ranks already.
  const loaded = resumed ? given : overRanks(given, role, ranks.size);
  requireRead(loaded, COMMANDS[role]);
  if (reportFinished(terminal, resumed)) return;
  const reporter = terminalReporter(terminal);
  const onEvent = tellEvents({ terminal, reporter, interrupts });
  // What is kept beside a run is written once, and read by the others.
  const training = await firstThenOthers(ranks, () => prepare(loaded, onEvent));
  if (ranks.size > 1) reporter.note(describeRanks(ranks.size, training));
  if (options.dryRun) return showPlan(training, plannedEngine(loaded), resumed?.step ?? 0, terminal);
  reporter.doing('Opening the engine');
  const running = { signal: interrupts.signal, ranks };
  const result = await runPrepared(training, { options, loaded, resumed }, onEvent, running);
  reportEnd(terminal, again, options.out, result);
  // A limit of hours or memory ends a run as a signal does, which a script must not take for its end.
  if (result.interrupted) interrupts.leave();
}
