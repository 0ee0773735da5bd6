import { type OnEvent, readingOf } from '@idlm/recipe';
import { type LoadedConfig, originOf, requireUsed } from '@idlm/recipe/config';
import { COMMANDS } from '@idlm/recipe/records';
import { type TrainedOnText, type Training, textTraining, withHeldOut } from '@idlm/recipe/runs';
import { type PreparedCorpus, prepareCorpus, withNormalisation } from '@idlm/recipe/text';
import type { Interrupts, Terminal } from '../terminal';
import type { RunOptions } from './shared';
import { runTrainingCommand } from './training';

/** Says that what a file sets of the held-out loss changes nothing where nothing is held out. @throws InputError for `--set` */
function noteNoLooks(loaded: LoadedConfig, { facts }: PreparedCorpus, target: TrainedOnText, onEvent: OnEvent): void {
  const { teacher, scorers } = loaded.config;
  const [path, { validation }] =
    target === 'teacher'
      ? ['teacher.validation', teacher]
      : ['scorers.autoregressive.validation', scorers.autoregressive];
  const isUsed = !facts.heldOutIsTraining || !validation;
  requireUsed(loaded, [{ fields: [path], isRead: isUsed, otherwise: 'nothing is held out to measure a loss on' }]);
  if (!isUsed && originOf(loaded, path) !== undefined)
    onEvent({
      kind: 'note',
      message: `Nothing is held out, so ${path} changes nothing: the run ends after its updates, with the last weights.`,
    });
}

/** A network to train on the configured text. */
async function prepare(
  target: TrainedOnText,
  loaded: LoadedConfig,
  onEvent: OnEvent,
  doing: (what: string) => void,
): Promise<Training> {
  doing('Reading the text');
  const corpus = await prepareCorpus(loaded.config, undefined, readingOf(onEvent));
  const config = withHeldOut(withNormalisation(loaded.config, corpus.tokenizer), corpus);
  onEvent({ kind: 'text', data: config.data, corpus });
  noteNoLooks(loaded, corpus, target, onEvent);
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
    {
      role: target,
      again: COMMANDS[target],
      prepare: (loaded, onEvent, doing) => prepare(target, loaded, onEvent, doing),
    },
    options,
    terminal,
    interrupts,
  );
