import { type Communicator, oneRank } from '@idlm/core-diffusion/ranks';
import type { Json, NetworkDescription } from '@idlm/core-diffusion';
import type { Engine } from '@idlm/engine';
import { type ManifestBound, type Match, type ResultManifest, equivalentSteps } from '@idlm/evaluation';
import type { JobEvent, OnEvent } from '../events';
import { settingsRead } from '../records/run-settings';
import { requireSameOnRanks } from '../records/same-on-ranks';
import { sweptTemperatures } from '../resolved/sampling';
import { VERSION } from '../version';
import { type EvaluationSetup, type SetupRequest, type SetupRole, loadSetup } from './setup';
import { sweepAndJudge } from './judged-sweep';
import { likelihoodBounds } from './likelihood';
import { computedBy, inputsOf, makeManifest } from './manifest';
import { modelFacts } from './model-facts';
import { notesOf } from './notes';

/** What is evaluated, and where its manifest will lie. */
export interface EvaluationRequest extends SetupRequest {
  /** Folder of the manifest, from which it names models and text. */
  readonly folder: string;
  /** Opens what computes, once all that can be refused has been. @param networks those that are evaluated */
  open(networks: readonly NetworkDescription[]): Promise<Engine>;
  readonly onEvent?: OnEvent<JobEvent>;
  readonly signal?: AbortSignal;
  /** Processes that share the rows of samples (default: this one alone). */
  readonly ranks?: Communicator;
}

/** The numbers of models, with what they were measured on. */
export interface EvaluationResult {
  readonly setup: EvaluationSetup;
  /** All numbers, and everything that they depend on. */
  readonly manifest: ResultManifest;
  /** Teacher and student compared, where both were swept at what the comparison needs. */
  readonly match?: Match;
}

/** Bounds on the likelihood of the text, told one by one. */
async function boundsOf(
  setup: EvaluationSetup,
  { onEvent, ranks }: Pick<EvaluationRequest, 'onEvent' | 'ranks'>,
): Promise<Record<string, ManifestBound>> {
  const found = await likelihoodBounds({ ...setup, ranks }, setup.evaluated, setup.baseline);
  const bounds = Object.entries(found).map(([name, bound]): [string, ManifestBound] => {
    const origin = setup.models[name as SetupRole]?.records?.manifest?.role;
    return [name, { ...bound, comparable: name !== 'student' && origin !== 'student' }];
  });
  const { heldOutIsTraining } = setup.corpus.facts;
  for (const [model, bound] of bounds) onEvent?.({ kind: 'bound', model, bound, heldOutIsTraining });
  return Object.fromEntries(bounds);
}

/** Teacher and student compared, where both were swept at what the comparison needs. */
function matchOf({ config, evaluated }: EvaluationSetup, { rows }: ResultManifest): Match | undefined {
  const { compareAt, teacherSteps, tolerance } = config.evaluation;
  const { temperature } = config.sampling;
  const comparable =
    evaluated.length === 2 && teacherSteps.includes(compareAt) && sweptTemperatures(config).includes(temperature);
  return comparable ? equivalentSteps(rows, compareAt, { tolerance, temperature }) : undefined;
}

/** What all ranks of an evaluation must share. */
function sharedFacts(
  { config, corpus, engine }: EvaluationSetup,
  models: ResultManifest['models'],
): Readonly<Record<string, Json>> {
  const weights = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, model.weights]));
  const { data, tokenizer } = inputsOf(corpus, models);
  const hashes = { data, tokenizer, weights, computed: engine.version, idlm: VERSION };
  return { ...settingsRead(config, 'eval'), hashes };
}

/**
 * Loads models, samples them over steps and temperatures, judges what they write, and bounds the likelihood of held-out text.
 * @throws InputError as `loadSetup`; the signal's reason where it is aborted
 */
export async function evaluateModels(request: EvaluationRequest): Promise<EvaluationResult> {
  const { folder, onEvent, signal, ranks = oneRank } = request;
  const setup = await loadSetup(request, (networks) => request.open(networks));
  const { config, corpus } = setup;
  onEvent?.({ kind: 'text', data: config.data, corpus });
  const notes = notesOf(setup);
  notes.forEach((note) => onEvent?.(note));
  const models = await modelFacts(setup, folder);
  await requireSameOnRanks(ranks, sharedFacts(setup, models));
  onEvent?.({ kind: 'inputs', inputs: { ...inputsOf(corpus, models), ...computedBy(setup.engine) } });
  const { judgeNotes, ...found } = await sweepAndJudge({
    ...setup,
    scorer: setup.models.scorer?.folder,
    onEvent,
    signal,
    ranks,
  });
  const bounds = await boundsOf(setup, request);
  const sentences = [...notes.map(({ message }) => message), ...judgeNotes];
  const manifest = makeManifest({ ...setup, ...found, models, folder, bounds, notes: sentences });
  const match = matchOf(setup, manifest);
  return { setup, manifest, ...(match ? { match } : {}) };
}
