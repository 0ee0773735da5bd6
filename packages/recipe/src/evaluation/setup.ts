import { InputError, type NetworkDescription, type Spec } from '@idlm/core-diffusion';
import { hashOf, tokenizerFiles } from '@idlm/data';
import { isGpt2, textLength } from '@idlm/denoiser';
import { describeModel, hashWeights, findModel } from '@idlm/denoiser/node';
import type { Engine } from '@idlm/engine';
import type { LoadedConfig } from '../config/load';
import type { Config } from '../config/schema';
import { type OnEvent, type PreparationEvent, keepingOf, readingOf } from '../events';
import { type Baseline, loadBaseline } from '../models/baseline';
import { countFirstTokens } from '../models/first-token';
import { type ModelInUse, fitModel } from '../models/model-family';
import { savedModel, knowledgeOf } from '../models/model-files';
import { type GivenModel, readModel, textWarnings, withModelData } from '../models/model-origin';
import { resolveDiffusion } from '../resolved/diffusion';
import type { Sampling } from '../resolved/sampling';
import { type Streams, streamsOf } from '../resolved/streams';
import { readRunRecords } from '../records/run-records';
import { type PreparedCorpus, prepareCorpus } from '../text/corpus';
import { withPreparedText } from '../text/prepared';
import { type EvaluatedModel, ROLES, type Role, loadEvaluatedModel } from './evaluated-model';

/** Models of an evaluation: those that write, and the judge. */
export type SetupRole = Role | 'baseline' | 'scorer';

/** Models by role: paths of them or of their runs, or models that are at hand. */
export type GivenModels = Readonly<Partial<Record<SetupRole, string | GivenModel>>>;

/** What takes part in an evaluation. */
export interface SetupRequest {
  readonly loaded: LoadedConfig;
  readonly given: GivenModels;
  /** The text, where it is prepared already; else it is that of the configuration, or of the first model. */
  readonly corpus?: PreparedCorpus;
  /** Folder of the evaluation, beside which a large text is kept once it is prepared. */
  readonly folder?: string;
  /** Families that models are to be sampled as, by role, instead of what configuration and folder say. */
  readonly families?: Readonly<Partial<Record<string, Spec>>>;
  readonly onEvent?: OnEvent<PreparationEvent>;
}

/** A model that takes part, with what is known of it. */
export interface SetupModel extends Pick<GivenModel, 'path' | 'folder' | 'model' | 'stored' | 'records'> {
  /** sha256 of its weights. */
  readonly weights: string;
}

/** The models of an evaluation, with the text that they are measured on. */
export interface EvaluationSetup {
  /** With the family of the first diffusion model, and the text of the first model. */
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  readonly models: Readonly<Partial<Record<SetupRole, SetupModel>>>;
  readonly evaluated: readonly EvaluatedModel[];
  readonly streams: Streams;
  /** How the first diffusion model is sampled, or would be. */
  readonly sampling: Sampling;
  readonly baseline?: Baseline;
  /** What folders do not say of their models and was assumed, in sentences. */
  readonly assumed: readonly string[];
  /** What is to be heeded: models that were trained as another family, on other text, or made from other models. */
  readonly warnings: readonly string[];
}

/** The configuration for a role's model. */
function loadedFor(
  loaded: LoadedConfig,
  { families = {} }: Pick<SetupRequest, 'families'>,
  role: SetupRole,
): LoadedConfig {
  const { name, options = {} } = families[role] ?? {};
  if (name === undefined) return loaded;
  return {
    config: { ...loaded.config, family: { name, options } },
    origins: { ...loaded.origins, family: 'the manifest' },
  };
}

/** A judge: its own tokenizer does not matter. */
async function readJudge(given: string | GivenModel, loaded: LoadedConfig): Promise<SetupModel> {
  if (typeof given !== 'string') return { ...given, weights: await given.stored.hash() };
  const [path, folder] = [given, await findModel(given)];
  const [model, weights] = [await describeModel(folder, knowledgeOf(loaded)), await hashWeights(folder)];
  const records = await readRunRecords(path, 'put back what was written, or name its model folder');
  const stored = savedModel(folder, model.network);
  return { path, folder, model, stored, weights, ...(records ? { records } : {}) };
}

/** The models that write, in their order; at least one. */
export async function readWriters(
  request: Pick<SetupRequest, 'loaded' | 'given' | 'families'>,
): Promise<Map<SetupRole, GivenModel>> {
  const writers = new Map<SetupRole, GivenModel>();
  for (const role of ['teacher', 'student', 'baseline'] as const) {
    const one = request.given[role];
    if (one === undefined) continue;
    const own = loadedFor(request.loaded, request, role);
    writers.set(role, typeof one === 'string' ? await readModel(one, own) : one);
  }
  if (writers.size) return writers;
  throw new InputError('Nothing to evaluate: give --teacher, --student, --baseline, or several of them.');
}

/** The first writer, with the run of the first one of which a run is known: a student knows the text that its published teacher does not. */
export function tellingWriter(writers: ReadonlyMap<SetupRole, GivenModel>): GivenModel {
  const [first, ...others] = [...writers.values()];
  const told = first!.records ? first! : others.find(({ records }) => records);
  return told?.records ? { ...first!, path: told.path, records: told.records } : first!;
}

/** How each diffusion model is used: with the tokenizer of the first, in its own vocabulary. */
export function fitWriters(
  writers: ReadonlyMap<SetupRole, GivenModel>,
  loaded: LoadedConfig,
  request: Pick<SetupRequest, 'families'>,
): Map<Role, ModelInUse> {
  const { tokenizer } = [...writers.values()][0]!;
  const found = ROLES.filter((role) => writers.has(role)).map((role): [Role, ModelInUse] => {
    const { folder, model } = writers.get(role)!;
    return [role, fitModel({ loaded: loadedFor(loaded, request, role), folder, model, tokenizer })];
  });
  return new Map(found);
}

const withFamilyOf = (config: Config, evaluated?: EvaluatedModel): Config => {
  const { name, options = {} } = evaluated?.family.spec ?? config.family;
  return { ...config, family: { name, options } };
};

/** What is said of models that do not belong together: a student of another teacher, or another vocabulary. */
function strangerWarnings(
  writers: ReadonlyMap<SetupRole, GivenModel>,
  { teacher, student }: EvaluationSetup['models'],
): string[] {
  const own = student?.records?.manifest?.['teacher'];
  const isStrange = teacher && typeof own === 'string' && own !== teacher.weights;
  const vocabularyOf = ({ tokenizer }: GivenModel) => hashOf(tokenizerFiles(tokenizer)['tokenizer.json']);
  const [first, ...others] = [...writers.values()];
  return [
    ...(isStrange
      ? [`The student in ${student!.path} was distilled from another teacher than the one in ${teacher.path}.`]
      : []),
    ...others
      .filter((other) => vocabularyOf(other) !== vocabularyOf(first!))
      .map(({ path }) => `The tokenizer of ${path} is not that of ${first!.path}, which is used for both.`),
  ];
}

/** Models that read rows of tokens of the text: a GPT-2 that judges reads the text itself. */
const readersOfRows = ({ scorer, ...writers }: EvaluationSetup['models']): SetupModel[] =>
  Object.values({ ...writers, ...(scorer && !isGpt2(scorer.model.network) ? { scorer } : {}) });

/**
 * The token before the rows of all models, where they have one.
 * @throws InputError if they were not trained on the same rows
 */
function sharedRowStart(models: readonly SetupModel[]): number | undefined {
  const startOf = ({ model }: SetupModel) => model.network.config.rowStart;
  const [first] = models;
  const other = models.find((one) => startOf(one) !== startOf(first!));
  if (!other) return startOf(first!);
  const token = (one: SetupModel) => (startOf(one) === undefined ? 'no token' : `token ${startOf(one)}`);
  throw new InputError(
    `The rows of ${first!.path} begin with ${token(first!)} and those of ${other.path} with ${token(other)}; judge them apart, or train one again.`,
  );
}

/**
 * Loads the models of an evaluation. The first one's tokenizer is that of the text, and what nobody has set of the text is
 * what the run of the first one that has a run was trained on.
 * @param open what computes, given the networks that write
 * @throws InputError if there is none that writes, or one does not fit the others
 */
export async function loadSetup(
  request: SetupRequest,
  open: (networks: readonly NetworkDescription[]) => Promise<Engine>,
): Promise<EvaluationSetup> {
  const writers = await readWriters(request);
  const [first] = [...writers.values()];
  const loaded = await withPreparedText(withModelData(request.loaded, tellingWriter(writers)));
  const uses = fitWriters(writers, loaded, request);
  const tokenizer = [...uses.values()][0]?.tokenizer ?? first!.tokenizer;
  const models: Partial<Record<SetupRole, SetupModel>> = {};
  for (const [role, given] of writers) models[role] = { ...given, weights: await given.stored.hash() };
  if (request.given.scorer) models.scorer = await readJudge(request.given.scorer, loaded);
  const text = { tokenizer, rowStart: sharedRowStart(readersOfRows(models)) };
  const { folder, onEvent } = request;
  const keeping = folder === undefined ? undefined : keepingOf(folder, onEvent);
  const corpus =
    request.corpus ?? (await prepareCorpus(loaded.config, text, { onReading: readingOf(onEvent), keeping }));
  const engine = await open([...writers.values()].map(({ model }) => model.network));
  request.onEvent?.({ kind: 'engine', engine });
  const evaluated: EvaluatedModel[] = [];
  for (const [role, use] of uses) evaluated.push(await loadEvaluatedModel(role, writers.get(role)!, use));
  const count = (network: Baseline['network']) =>
    countFirstTokens(corpus, textLength(network.config), network.config.vocabSize);
  const baseline = models.baseline ? await loadBaseline(models.baseline, tokenizer, count) : undefined;
  const config = withFamilyOf(loaded.config, evaluated[0]);
  return {
    config,
    streams: streamsOf(config),
    sampling: evaluated[0]?.sampling ?? resolveDiffusion(config, tokenizer).sampling,
    engine,
    corpus,
    models,
    evaluated,
    baseline,
    assumed: [...uses.values()].flatMap(({ assumed }) => assumed),
    warnings: [
      ...[...uses.values()].flatMap(({ warnings }) => warnings),
      ...Object.values(models).flatMap((one) => textWarnings(one, loaded, corpus)),
      ...strangerWarnings(writers, models),
    ],
  };
}
