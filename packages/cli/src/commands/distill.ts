import { type OnEvent, readingOf } from '@idlm/recipe';
import type { LoadedConfig } from '@idlm/recipe/config';
import {
  fitModel,
  readModel,
  requireModelSettings,
  textWarnings,
  withModelData,
  withNetwork,
} from '@idlm/recipe/models';
import { type Training, studentTraining } from '@idlm/recipe/runs';
import { prepareCorpus } from '@idlm/recipe/text';
import type { Interrupts, Terminal } from '../terminal';
import type { RunOptions } from './shared';
import { runTrainingCommand } from './training';

/** A student to distil from a teacher, on the text of the teacher unless another is set. */
async function prepare(
  teacher: string,
  loaded: LoadedConfig,
  onEvent: OnEvent,
  doing: (what: string) => void,
): Promise<Training> {
  const given = await readModel(teacher, loaded);
  const { folder, model } = given;
  const { network } = model;
  await requireModelSettings(loaded, given);
  const onText = withModelData(loaded, given);
  const { config: fitted, tokenizer, assumed, warnings } = fitModel({ ...given, loaded: onText });
  const config = withNetwork(fitted, network);
  assumed.forEach((message) => onEvent({ kind: 'note', message }));
  doing('Reading the text');
  const read = { tokenizer, rowStart: network.config.rowStart };
  const corpus = await prepareCorpus(config, read, readingOf(onEvent));
  onEvent({ kind: 'text', data: config.data, corpus });
  [...warnings, ...textWarnings(given, onText, corpus)].forEach((message) => onEvent({ kind: 'caution', message }));
  return studentTraining({ config, corpus, network, teacher: folder, notes: [...assumed, ...warnings] });
}

/** `idlm distill`. */
export const distill = (
  options: RunOptions & { readonly teacher: string },
  terminal: Terminal,
  interrupts: Interrupts,
): Promise<void> =>
  runTrainingCommand(
    {
      role: 'student',
      again: `distill --teacher ${options.teacher}`,
      prepare: (loaded, onEvent, doing) => prepare(options.teacher, loaded, onEvent, doing),
    },
    options,
    terminal,
    interrupts,
  );
