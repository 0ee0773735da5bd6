import type { Communicator } from '@idlm/core-diffusion/ranks';
import type { Engine } from '@idlm/engine';
import { type ManifestBound, type Match, type ResultManifest, equivalentSteps } from '@idlm/evaluation';
import type { JobEvent, OnEvent } from '../events';
import { sweptTemperatures } from '../resolved/sampling';
import { type Field, type FieldRequest, type FieldRole, loadField } from './field';
import { sweepAndJudge } from './judged-sweep';
import { likelihoodBounds } from './likelihood';
import { computedBy, inputsOf, makeManifest } from './manifest';
import { modelFacts } from './model-facts';
import { notesOf } from './notes';

/** What is evaluated, and where its manifest will lie. */
export interface EvaluationRequest extends FieldRequest {
  /** Folder of the manifest, from which it names models and text. */
  readonly folder: string;
  /** Opens what computes, once all that can be refused has been. */
  open(): Promise<Engine>;
  readonly onEvent?: OnEvent<JobEvent>;
  readonly signal?: AbortSignal;
  /** Processes that share the rows of samples (default: this one alone). */
  readonly ranks?: Communicator;
}

/** The numbers of models, with what they were measured on. */
export interface EvaluatedField {
  readonly field: Field;
  /** All numbers, and everything that they depend on. */
  readonly manifest: ResultManifest;
  /** Teacher and student compared, where both were swept at what the comparison needs. */
  readonly match?: Match;
}

/** Bounds on the likelihood of the text, told one by one. */
async function boundsOf(field: Field, onEvent?: OnEvent<JobEvent>): Promise<Record<string, ManifestBound>> {
  const found = await likelihoodBounds(field, field.contestants, field.baseline);
  const bounds = Object.entries(found).map(([name, bound]): [string, ManifestBound] => {
    const origin = field.models[name as FieldRole]?.records?.manifest?.role;
    return [name, { ...bound, comparable: name !== 'student' && origin !== 'student' }];
  });
  const { heldOutIsTraining } = field.corpus.facts;
  for (const [model, bound] of bounds) onEvent?.({ kind: 'bound', model, bound, heldOutIsTraining });
  return Object.fromEntries(bounds);
}

/** Teacher and student compared, where both were swept at what the comparison needs. */
function matchOf({ config, contestants }: Field, { rows }: ResultManifest): Match | undefined {
  const { compareAt, teacherSteps, tolerance } = config.evaluation;
  const { temperature } = config.sampling;
  const comparable =
    contestants.length === 2 && teacherSteps.includes(compareAt) && sweptTemperatures(config).includes(temperature);
  return comparable ? equivalentSteps(rows, compareAt, { tolerance, temperature }) : undefined;
}

/**
 * Loads models, samples them over steps and temperatures, judges what they write, and bounds the likelihood of held-out text.
 * @throws InputError as `loadField`; the signal's reason where it is aborted
 */
export async function evaluateModels(request: EvaluationRequest): Promise<EvaluatedField> {
  const { folder, onEvent, signal, ranks } = request;
  const field = await loadField(request, () => request.open());
  const { config, corpus } = field;
  onEvent?.({ kind: 'text', data: config.data, corpus });
  const notes = notesOf(field);
  notes.forEach((note) => onEvent?.(note));
  const models = await modelFacts(field, folder);
  onEvent?.({ kind: 'inputs', inputs: { ...inputsOf(corpus, models), ...computedBy(field.engine) } });
  const { judgeNotes, ...found } = await sweepAndJudge({
    ...field,
    scorer: field.models.scorer?.folder,
    onEvent,
    signal,
    ranks,
  });
  const bounds = await boundsOf(field, onEvent);
  const sentences = [...notes.map(({ message }) => message), ...judgeNotes];
  const manifest = makeManifest({ ...field, ...found, models, folder, bounds, notes: sentences });
  const match = matchOf(field, manifest);
  return { field, manifest, ...(match ? { match } : {}) };
}
