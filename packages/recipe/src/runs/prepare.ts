import { InputError } from '@idlm/core-diffusion';
import type { CorpusSource } from '@idlm/data';
import { onnxRefusal } from '@idlm/denoiser/node';
import { type LoadedConfig, originOf } from '../config/load';
import { requireUsed } from '../config/unread';
import { type OnEvent, type PreparationEvent, keepingOf, readingOf } from '../events';
import { fitModel } from '../models/model-family';
import { type GivenModel, textWarnings, withModelData } from '../models/model-origin';
import { requireModelSettings, withNetwork } from '../models/model-settings';
import { resolveRecipe } from '../resolved/recipe';
import { type ModelText, type PreparedCorpus, prepareCorpus, withNormalisation } from '../text/corpus';
import { studentTraining } from './student-training';
import { withPreparedText } from '../text/prepared';
import { textTraining } from './text-training';
import type { Training } from './training';
import { type TrainedOnText, withHeldOut } from './validation';

/** Where a training takes its text from, and who is told. */
export interface PreparationOptions {
  /** The documents, where they do not come from the configured corpus. */
  readonly source?: CorpusSource;
  /** The text, where it is prepared already. */
  readonly corpus?: PreparedCorpus;
  /** Folder of the run, beside which a large text is kept once it is prepared. */
  readonly run?: string;
  readonly onEvent?: OnEvent<PreparationEvent>;
}

function readText(
  { config }: LoadedConfig,
  given: ModelText | undefined,
  { source, corpus, run, onEvent }: PreparationOptions,
): Promise<PreparedCorpus> | PreparedCorpus {
  onEvent?.({ kind: 'reading', bytes: 0, total: 0 });
  const keeping = run === undefined ? undefined : keepingOf(run, onEvent);
  return corpus ?? prepareCorpus(config, given, { source, onReading: readingOf(onEvent), keeping });
}

/** Says that what a file sets of the held-out loss changes nothing where nothing is held out. @throws InputError for `--set` */
function noteNoLooks(
  loaded: LoadedConfig,
  { facts }: PreparedCorpus,
  target: TrainedOnText,
  onEvent?: OnEvent<PreparationEvent>,
): void {
  const { teacher, scorers } = loaded.config;
  const [path, { validation }] =
    target === 'teacher'
      ? ['teacher.validation', teacher]
      : ['scorers.autoregressive.validation', scorers.autoregressive];
  const isUsed = !facts.heldOutIsTraining || !validation;
  requireUsed(loaded, [{ fields: [path], isRead: isUsed, otherwise: 'nothing is held out to measure a loss on' }]);
  if (!isUsed && originOf(loaded, path) !== undefined)
    onEvent?.({
      kind: 'note',
      message: `Nothing is held out, so ${path} changes nothing: the run ends after its updates, with the last weights.`,
    });
}

/**
 * Prepares the training of a teacher or a scorer: reads the text, and resolves the configuration for it.
 * @throws InputError as `prepareCorpus`, and for a network without a causal variant where a scorer is wanted
 */
export async function prepareTextTraining(
  target: TrainedOnText,
  given: LoadedConfig,
  options: PreparationOptions = {},
): Promise<Training> {
  const { onEvent } = options;
  const loaded = await withPreparedText(given);
  const corpus = await readText(loaded, undefined, options);
  const config = withHeldOut(withNormalisation(loaded.config, corpus.tokenizer), corpus);
  onEvent?.({ kind: 'text', data: config.data, corpus });
  noteNoLooks(loaded, corpus, target, onEvent);
  return textTraining(target, resolveRecipe(config, corpus));
}

/**
 * Prepares the distillation of a teacher: on its own text, unless another is set or given.
 * @throws InputError for settings that the teacher has made long ago, a text that does not fit it, and an objective that does not
 * suit it
 */
export async function prepareStudentTraining(
  teacher: GivenModel,
  loaded: LoadedConfig,
  options: PreparationOptions = {},
): Promise<Training> {
  const { onEvent } = options;
  const { network } = teacher.model;
  if (teacher.stored.graph !== undefined) throw new InputError(onnxRefusal(teacher.path));
  await requireModelSettings(loaded, teacher);
  const onText = await withPreparedText(withModelData(loaded, teacher));
  const { config: fitted, tokenizer, assumed, warnings } = fitModel({ ...teacher, loaded: onText });
  const config = withNetwork(fitted, network);
  assumed.forEach((message) => onEvent?.({ kind: 'note', message }));
  const corpus = await readText({ ...onText, config }, { tokenizer, rowStart: network.config.rowStart }, options);
  onEvent?.({ kind: 'text', data: config.data, corpus });
  [...warnings, ...textWarnings(teacher, onText, corpus)].forEach((message) => onEvent?.({ kind: 'caution', message }));
  return studentTraining({
    recipe: resolveRecipe(config, corpus, network),
    teacher,
    notes: [...assumed, ...warnings],
  });
}
