import { type LoadedConfig, originOf, requireUsed } from '../config';
import { type PreparedCorpus, prepareCorpus, showReading, withNormalisation } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { COMMANDS } from '../jobs/run-settings';
import { type TrainedOnText, withHeldOut } from '../jobs/validation';
import { textTraining } from '../runs/text-training';
import type { Training } from '../runs/training';
import type { Interrupts, Terminal, TerminalReporter } from '../terminal';
import type { RunOptions } from './shared';
import { runTrainingCommand } from './training';

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

/** A network to train on the configured text. */
async function prepare(target: TrainedOnText, loaded: LoadedConfig, reporter: TerminalReporter): Promise<Training> {
  reporter.doing('Reading the text');
  const corpus = await prepareCorpus(loaded.config, undefined, showReading(reporter));
  const config = withHeldOut(withNormalisation(loaded.config, corpus.tokenizer), corpus);
  reporter.note(describeCorpus(config.data, corpus));
  noteNoLooks(loaded, corpus, target, reporter);
  return textTraining(target, { config, corpus });
}

/** `idlm train [teacher|scorer]`. */
export const train = (
  target: TrainedOnText,
  options: RunOptions,
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> =>
  runTrainingCommand(
    { role: target, again: COMMANDS[target], prepare: (loaded, reporter) => prepare(target, loaded, reporter) },
    options,
    terminal,
    interrupts,
  );
