import { join } from 'node:path';
import { textLength } from '@idlm/denoiser';
import { measureMatMul } from '@idlm/engine';
import type { TrainResult } from '@idlm/trainer';
import { InputError } from '@idlm/core-diffusion';
import { type LoadedConfig, originOf, requireRead, requireUsed } from '../config';
import { type PreparedCorpus, prepareCorpus, showReading, withNormalisation } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { FIRST_TOKEN, countFirstTokens, firstTokenFile } from '../jobs/first-token';
import { predictedShare, textBytes } from '../jobs/memory-estimate';
import { familyFor, networkConfig } from '../jobs/network';
import { COMMANDS } from '../jobs/run-settings';
import { makeScorerTask, makeTeacherTask, scorerNetwork } from '../jobs/tasks';
import { type TrainedOnText, makeValidation, withHeldOut } from '../jobs/validation';
import { type Interrupts, type Terminal, type TerminalReporter, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { beginningOf, reportFinished } from './resume';
import { runTask } from './run';
import { type ConfigOptions, openConfigured } from './shared';

/** Options of the commands that write a run. */
export interface RunOptions extends ConfigOptions {
  readonly out: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** What becomes of an existing folder. */
export const modeOf = ({ resume, force }: RunOptions) => {
  if (resume && force) throw new InputError('--resume goes on with a run and --force deletes it; give one of them.');
  return resume ? 'resume' : force ? 'force' : 'new';
};

/** Says how a run ended, and where its result lies. */
export function reportEnd(
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

/** Says that what a file sets of the held-out loss changes nothing where nothing is held out. @throws InputError for `--set` */
function noteNoLooks(
  loaded: LoadedConfig,
  { facts }: PreparedCorpus,
  target: TrainedOnText,
  { note }: Pick<TerminalReporter, 'note'>,
): void {
  const { teacher, scorers } = loaded.config;
  const [path, { validation }] =
    target === 'teacher'
      ? ['teacher.validation', teacher]
      : ['scorers.autoregressive.validation', scorers.autoregressive];
  const isUsed = !facts.heldOutIsTraining || !validation;
  requireUsed(loaded, [{ fields: [path], isRead: isUsed, otherwise: 'nothing is held out to measure a loss on' }]);
  if (!isUsed && originOf(loaded, path) !== undefined)
    note(`Nothing is held out, so ${path} changes nothing: the run ends after its updates, with the last weights.`);
}

/** `idlm train [teacher|scorer]`. */
export async function train(
  target: 'teacher' | 'scorer',
  options: RunOptions,
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> {
  const mode = modeOf(options);
  const { loaded, resumed } = await beginningOf(options, target);
  requireRead(loaded, COMMANDS[target]);
  if (reportFinished(terminal, resumed)) return;
  const reporter = terminalReporter(terminal);
  reporter.doing('Reading the text');
  const corpus = await prepareCorpus(loaded.config, undefined, showReading(reporter));
  const config = withHeldOut(withNormalisation(loaded.config, corpus.tokenizer), corpus);
  reporter.note(describeCorpus(config.data, corpus));
  noteNoLooks(loaded, corpus, target, reporter);
  const base = networkConfig(config, corpus.tokenizer);
  const isTeacher = target === 'teacher';
  const network = isTeacher ? base : scorerNetwork(base);
  const { updates, batch } = isTeacher ? config.teacher : config.scorers.autoregressive;
  reporter.doing('Opening the engine');
  const engine = await openConfigured(loaded, reporter);
  if (options.dryRun) {
    // Memory follows from sizes alone; time needs the rate of the engine, which only the open one tells.
    const plan = planRun(`training the ${target}`, {
      ...{ engine: engine.name, network, trained: 1, frozen: 0, batch, steps: 1 },
      predicted: isTeacher ? predictedShare(familyFor(config, corpus.tokenizer)) : 1,
      text: textBytes(corpus),
      updates: updates - (resumed?.step ?? 0),
    });
    return terminal.result(plan, () => describePlan(plan, measureMatMul()));
  }
  const context = { config, engine, corpus, network: base };
  const firstTokens = () =>
    firstTokenFile(countFirstTokens(corpus, textLength(network.config), network.config.vocabSize));
  const task = isTeacher ? makeTeacherTask(context) : makeScorerTask(context);
  const validation = makeValidation(context, target);
  try {
    const result = await runTask({
      ...context,
      task,
      updates,
      label: `Training the ${target}`,
      family: isTeacher ? familyFor(config, corpus.tokenizer).spec : undefined,
      network,
      files: isTeacher ? {} : { [FIRST_TOKEN]: firstTokens() },
      path: options.out,
      role: target,
      mode,
      resumed,
      samples: isTeacher,
      guard: async () => validation?.guard,
      reporter,
      interrupts,
    });
    reportEnd(terminal, COMMANDS[target], join(options.out), result);
  } finally {
    validation?.dispose();
    task.dispose();
  }
}
