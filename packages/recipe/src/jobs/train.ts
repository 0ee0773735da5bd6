import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '@idlm/engine';
import { type CheckpointStore, RUN_FILES, memoryCheckpointStore } from '@idlm/trainer';
import { openConfigured } from '../config/engine';
import { type LoadedConfig, resolveConfig } from '../config/load';
import { setValues } from '../config/set-values';
import type { OnEvent } from '../events';
import { checkpointModel } from '../models/memory-model';
import type { GivenModel } from '../models/model-origin';
import { type RunRole, readRunRecords } from '../records/run-records';
import { settingsOf } from '../records/run-settings';
import { type PreparationOptions, prepareStudentTraining, prepareTextTraining } from '../runs/prepare';
import { type Resumed, requireLooks, resumedRun, withPlaces } from '../runs/resume';
import { type RunResult, requireMade, runTraining } from '../runs/run-training';
import type { Training } from '../runs/training';
import { GIVEN_TEXT } from '../text/documents';
import { type GivenTexts, sourceOfTexts, withGivenText } from '../text/given-text';
import { type Model, modelOf, openModel } from './model';
import { textAtHand } from './text-at-hand';

/** What every job is given. */
export interface JobOptions {
  /** What computes (default: the configured engine, opened for the job). */
  readonly engine?: Engine;
  /** Told what happens, as it happens. */
  readonly onEvent?: OnEvent;
  /** Ends the job early: a training after the update under way, once all is saved. */
  readonly signal?: AbortSignal;
}

/** What a training is given. */
export interface TrainOptions extends JobOptions {
  /** The text, or its documents (default: `data.corpus` of the configuration). */
  readonly text?: GivenTexts;
  /** Folder of the run: checkpoints, metrics, TensorBoard files, samples (default: none, all is in memory). */
  readonly out?: string;
  /** Where checkpoints are kept that lie in no folder (default: in the memory of this process, until the model is forgotten). */
  readonly checkpoints?: CheckpointStore;
  /** Go on with the run that is there, bit for bit, where one is; a finished one is not trained again (default false). */
  readonly resume?: boolean;
}

/** The configuration for a text that is given. */
const onGivenText = (loaded: LoadedConfig, text: GivenTexts | undefined): LoadedConfig =>
  text === undefined
    ? loaded
    : { config: withGivenText(loaded.config), origins: { ...loaded.origins, 'data.corpus': GIVEN_TEXT } };

/** A configuration, and the run that it goes on with. */
interface Going {
  readonly loaded: LoadedConfig;
  readonly resumed?: Resumed;
}

/** The run that is there with what is set over its own settings; without one, the configuration as it is. */
async function goingOn(out: string, loaded: LoadedConfig, role: RunRole): Promise<Going> {
  const name = join(out, RUN_FILES.config);
  const records = existsSync(name)
    ? await readRunRecords(out, 'put back what was written, or begin a new run')
    : undefined;
  if (!records) return { loaded };
  // What a run does not read would only be defaults, which are to follow from what is set.
  const base = { config: { ...settingsOf(records.config, role), imports: loaded.config.imports }, name };
  const continued = withPlaces(resolveConfig({ base, set: setValues(loaded) }), records, name);
  return { loaded: continued, resumed: await resumedRun(continued, records, role) };
}

/** The model of a run that leaves no folder. */
async function modelInMemory(
  { role, recipe }: Training,
  { checkpoint, manifest }: RunResult,
  store: CheckpointStore,
): Promise<GivenModel> {
  const { model, stored } = await checkpointModel(store, checkpoint, recipe.corpus.tokenizer);
  const name = `the ${role} of ${checkpoint.path}`;
  const { config, corpus } = recipe;
  const records = { run: name, config, manifest: { ...manifest, role } };
  return { path: name, folder: name, model, stored, tokenizer: corpus.tokenizer, records };
}

/** What is trained, and from what. */
interface Making {
  readonly role: RunRole;
  readonly loaded: LoadedConfig;
  prepare(loaded: LoadedConfig, options: PreparationOptions): Promise<Training>;
}

/** Trains what a job prepares, and gives its model. */
async function make({ role, loaded: given, prepare }: Making, options: TrainOptions): Promise<Model> {
  const { text, out, resume = false, signal, onEvent } = options;
  signal?.throwIfAborted();
  const { loaded, resumed }: Going = resume && out !== undefined ? await goingOn(out, given, role) : { loaded: given };
  requireLooks(loaded.config, role);
  if (resumed?.finished) return openModel(resumed.finished.path, loaded, options);
  const source = text === undefined ? undefined : await sourceOfTexts(text, loaded.config);
  const training = await prepare(loaded, { source, onEvent });
  const { corpus } = training.recipe;
  corpus.notes.forEach((message) => onEvent?.({ kind: 'note', message }));
  const engine = options.engine ?? (await openConfigured(loaded, [training.network]));
  onEvent?.({ kind: 'engine', engine });
  const store = options.checkpoints ?? memoryCheckpointStore();
  const mode = resumed || (resume && out === undefined) ? 'resume' : 'new';
  const result = await runTraining(training, { engine, path: out ?? store, mode, continued: resumed, onEvent, signal });
  requireMade(result, signal);
  if (out !== undefined) return openModel(result.checkpoint.path, loaded, { engine });
  return modelOf(await modelInMemory(training, result, store), { loaded, engine, corpus });
}

function trainOnText(role: 'teacher' | 'scorer', given: LoadedConfig, options: TrainOptions): Promise<Model> {
  const loaded = onGivenText(given, options.text);
  return make({ role, loaded, prepare: (own, preparation) => prepareTextTraining(role, own, preparation) }, options);
}

/**
 * Trains a teacher: a diffusion model of the configured kind on a text.
 * @param config as `resolveConfig` or `loadConfig` give it
 * @throws InputError for what does not go together, and a step that is not finite; the signal's reason once it is aborted, when
 * all is saved: the same call with `resume` goes on from there, bit for bit
 * @example
 * ```ts
 * import { resolveConfig, trainTeacher } from '@idlm/recipe';
 *
 * const tiny = { model: { hidden: 16, blocks: 1, heads: 2, cond: 4 }, data: { length: 8 }, teacher: { updates: 3, batch: 2 } };
 * const config = resolveConfig({ set: { ...tiny, engine: { name: 'wasm' } } });
 * const teacher = await trainTeacher(config, {
 *   text: 'the sea and the whale '.repeat(20),
 *   onEvent: (event) => event.kind === 'update' && console.log(`${event.label}: ${event.step} of ${event.updates}`),
 * });
 * console.log(teacher.role, teacher.network.config.length);
 * // → Training the teacher: 1 of 3
 * // → Training the teacher: 2 of 3
 * // → Training the teacher: 3 of 3
 * // → teacher 8
 * ```
 */
export const trainTeacher = (config: LoadedConfig, options: TrainOptions = {}): Promise<Model> =>
  trainOnText('teacher', config, options);

/**
 * Trains an autoregressive scorer of the model's size on a text: a judge, or a baseline beside teacher and student.
 * @throws as `trainTeacher`
 * @example
 * ```ts
 * import { resolveConfig, trainScorer } from '@idlm/recipe';
 *
 * const tiny = { model: { hidden: 16, blocks: 1, heads: 2, cond: 4 }, data: { length: 8 } };
 * const scorers = { autoregressive: { updates: 3, batch: 2 } };
 * const config = resolveConfig({ set: { ...tiny, scorers, engine: { name: 'wasm' } } });
 * const scorer = await trainScorer(config, { text: 'the sea and the whale '.repeat(20), out: 'runs/scorer' });
 * console.log(scorer.network.config.causal, scorer.folder); // → true runs/scorer/checkpoints/step-3
 * ```
 */
export const trainScorer = (config: LoadedConfig, options: TrainOptions = {}): Promise<Model> =>
  trainOnText('scorer', config, options);

/** What a distillation is given. */
export interface DistillOptions extends TrainOptions {
  /** The teacher, or the path of its folder or run; its own text is taken where none is given or set. */
  readonly teacher: Model | string;
}

/**
 * Distils a student that needs few steps from a teacher.
 * @throws as `trainTeacher`, and InputError for settings that the teacher has made long ago
 * @example
 * ```ts
 * import { distill, resolveConfig, trainTeacher } from '@idlm/recipe';
 *
 * const tiny = { model: { hidden: 16, blocks: 1, heads: 2, cond: 4 }, data: { length: 8 } };
 * const brief = { teacher: { updates: 3, batch: 2 }, distillation: { updates: 2, batch: 2, guard: null } };
 * const config = resolveConfig({ set: { ...tiny, ...brief, engine: { name: 'wasm' } } });
 * const teacher = await trainTeacher(config, { text: 'the sea and the whale '.repeat(20) });
 * const student = await distill(config, { teacher });
 * const texts = await student.sample({ count: 2, steps: 2, prompt: 'sea ' });
 * console.log(student.role, texts.map((text) => text.length).join(' ')); // → student 8 8
 * ```
 */
export async function distill(config: LoadedConfig, options: DistillOptions): Promise<Model> {
  const loaded = onGivenText(config, options.text);
  const teacher = typeof options.teacher === 'string' ? await openModel(options.teacher, loaded) : options.teacher;
  return make(
    {
      role: 'student',
      loaded,
      prepare: (own, preparation) =>
        prepareStudentTraining(teacher.given, own, {
          ...preparation,
          corpus: options.text === undefined ? textAtHand(teacher, own) : undefined,
        }),
    },
    options,
  );
}
