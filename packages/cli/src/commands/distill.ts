import type { LoadedConfig } from '../config';
import { prepareCorpus, showReading } from '../jobs/corpus';
import { describeCorpus } from '../jobs/corpus-description';
import { fitModel } from '../jobs/model-family';
import { readModel, textWarnings, withModelData } from '../jobs/model-origin';
import { requireModelSettings, withNetwork } from '../jobs/model-settings';
import { studentTraining } from '../runs/student-training';
import type { Training } from '../runs/training';
import type { Interrupts, Terminal, TerminalReporter } from '../terminal';
import type { RunOptions } from './shared';
import { runTrainingCommand } from './training';

/** A student to distil from a teacher, on the text of the teacher unless another is set. */
async function prepare(
  teacher: string,
  loaded: LoadedConfig,
  reporter: TerminalReporter,
  terminal: Terminal,
): Promise<Training> {
  const given = await readModel(teacher, loaded);
  const { folder, model } = given;
  const { network } = model;
  await requireModelSettings(loaded, given);
  const onText = withModelData(loaded, given);
  const { config: fitted, tokenizer, assumed, warnings } = fitModel({ ...given, loaded: onText });
  const config = withNetwork(fitted, network);
  assumed.forEach((sentence) => reporter.note(sentence));
  reporter.doing('Reading the text');
  const read = { tokenizer, rowStart: network.config.rowStart };
  const corpus = await prepareCorpus(config, read, showReading(reporter));
  reporter.note(describeCorpus(config.data, corpus));
  [...warnings, ...textWarnings(given, onText, corpus)].forEach((sentence) => terminal.warn(sentence));
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
      prepare: (loaded, reporter) => prepare(options.teacher, loaded, reporter, terminal),
    },
    options,
    terminal,
    interrupts,
  );
