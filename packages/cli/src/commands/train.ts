import { join } from 'node:path';
import { measureMatMul } from '@idlm/engine';
import type { TrainResult } from '@idlm/trainer';
import { InputError } from '@idlm/core-diffusion';
import type { LoadedConfig } from '../config';
import { prepareCorpus } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { FIRST_TOKEN, countFirstTokens, firstTokenFile } from '../jobs/first-token';
import { familyFor, networkConfig } from '../jobs/network';
import { makeScorerTask, makeTeacherTask, scorerNetwork } from '../jobs/tasks';
import { makeValidation } from '../jobs/validation';
import { type Terminal, terminalReporter } from '../terminal';
import { describePlan, planRun } from './plan';
import { runTask } from './run';
import { type ConfigOptions, noteUnread, openConfigured, readLoadedConfig, readRunConfig } from './shared';

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

/** The configuration of a new run, or of the one to resume unless another is named: then all of it counts as set. */
export const configFor = (options: RunOptions): Promise<LoadedConfig> =>
  options.resume && !options.config && !options.preset
    ? readRunConfig(options.out, options)
    : readLoadedConfig(options);

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

/** `idlm train [teacher|scorer]`. */
export async function train(
  target: 'teacher' | 'scorer',
  options: RunOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const loaded = await configFor(options);
  const { config } = loaded;
  const reporter = terminalReporter(terminal);
  noteUnread(loaded, target === 'teacher' ? 'train' : 'train scorer', reporter);
  const corpus = await prepareCorpus(config);
  reporter.note(describeCorpus(config.data, corpus));
  const base = networkConfig(config, corpus.tokenizer);
  const isTeacher = target === 'teacher';
  const network = isTeacher ? base : scorerNetwork(base);
  const { updates, batch } = isTeacher ? config.teacher : config.scorers.autoregressive;
  const engine = await openConfigured(config, reporter);
  if (options.dryRun) {
    const plan = planRun(`training the ${target}`, network, { trained: 1, frozen: 0, updates, batch, steps: 1 });
    return terminal.result(plan, () => describePlan(plan, measureMatMul()));
  }
  const context = { config, engine, corpus, network: base };
  const firstTokens = () => firstTokenFile(countFirstTokens(corpus, network.length, network.vocabSize));
  const task = isTeacher ? makeTeacherTask(context) : makeScorerTask(context);
  const validation = makeValidation(context, target);
  try {
    const result = await runTask({
      ...context,
      task,
      updates,
      label: `Training the ${target}`,
      type: isTeacher ? config.family.name : 'ar',
      family: isTeacher ? familyFor(config, corpus.tokenizer).spec : undefined,
      network,
      files: isTeacher ? {} : { [FIRST_TOKEN]: firstTokens() },
      path: options.out,
      role: target,
      mode: modeOf(options),
      samples: isTeacher,
      guard: async () => validation?.guard,
      reporter,
      signal,
    });
    reportEnd(terminal, isTeacher ? 'train' : 'train scorer', join(options.out), result);
  } finally {
    validation?.dispose();
    task.dispose();
  }
}
