import { isInputError, isUnknownName } from '@idlm/core-diffusion/errors';
import { type GuidedBy, guideBy } from '@idlm/recipe/sampling';
import { type Classifier, FREE, classifiers } from '@idlm/samplers';
import type { ServedModel } from '../models/served-model';
import { RequestError, wrong } from '../requests/request-error';
import type { WritingBody } from '../requests/schema';
import type { PlannedRow, WritingPlan } from './plan';

/** A model that is guided, and the one that guidance leads away from, where a request names another. */
export interface GuidedModels {
  readonly model: ServedModel;
  readonly other?: ServedModel;
}

/** Classifiers that were made for a model, by their names. */
const made = new WeakMap<ServedModel, Map<string, Promise<Classifier>>>();

/** A classifier for a model, which is made once. @throws RequestError for a name that nobody has registered */
async function classifierOf(name: string, model: ServedModel): Promise<Classifier> {
  const known = made.get(model) ?? new Map<string, Promise<Classifier>>();
  made.set(model, known);
  const { family, length, rowStart, tokenizer } = model;
  try {
    const context = { family, length: rowStart === undefined ? length : length + 1 };
    const decode = (ids: ArrayLike<number>) => tokenizer.decode(ids);
    const found = known.get(name) ?? Promise.resolve(classifiers.create(name, { ...context, decode }));
    known.set(name, found);
    return await found;
  } catch (error) {
    known.delete(name);
    if (!isInputError(error)) throw error;
    const code = isUnknownName(error) ? { code: 'classifier_not_found' } : {};
    throw new RequestError(400, error.message, { param: 'classifier', ...code });
  }
}

/** @throws RequestError where a model cannot hide what is given, or nothing is */
function requireGiven(
  { block }: WritingBody,
  { family: { process, spec } }: ServedModel,
  rows: readonly PlannedRow[],
): void {
  if (typeof block === 'number')
    throw wrong(
      'guidance',
      'guidance by what is given sees a whole text, and block a part of it; leave one of them out, or give unconditional or classifier.',
    );
  if (process.maskId === undefined || !process.unmasking)
    throw wrong(
      'guidance',
      `guidance hides what is given behind masks, which models of ${spec.name} do not know; name a model that knows no condition as unconditional.`,
    );
  if (rows.every(({ clamp }) => clamp.some((token) => token !== FREE))) return;
  throw wrong(
    'guidance',
    'guidance is by what is given, and nothing is; give a prompt, or unconditional or classifier.',
  );
}

/** @throws RequestError for a model of another vocabulary or length */
function requireAlike({ model, other }: Required<GuidedModels>): void {
  const [own, others] = [model, other].map(({ family, length }) => ({
    tokens: family.process.vocabSize,
    positions: length,
  }));
  for (const what of ['tokens', 'positions'] as const)
    if (own![what] !== others![what])
      throw wrong(
        'unconditional',
        `guidance takes two models of one vocabulary and length: the model has ${own![what]} ${what}, and unconditional ${others![what]}.`,
      );
}

/** What a request's texts are guided by; undefined where they are not. @throws RequestError for what cannot be together */
async function guidedBy(
  body: WritingBody,
  { model, other }: GuidedModels,
  rows: readonly PlannedRow[],
): Promise<GuidedBy | undefined> {
  const { guidance, classifier, unconditional } = body;
  if (typeof unconditional === 'string') {
    if (typeof classifier === 'string')
      throw wrong('classifier', 'texts are guided by a classifier or away from another model; give one of them.');
    if (typeof guidance !== 'number')
      throw wrong('unconditional', 'unconditional is what guidance leads away from; give guidance, its strength.');
    requireAlike({ model, other: other! });
    return 'another';
  }
  if (typeof classifier === 'string') return { classifier: await classifierOf(classifier, model) };
  if (typeof guidance !== 'number') return undefined;
  requireGiven(body, model, rows);
  return 'given';
}

/**
 * How the network of a request's texts is guided; undefined where it is not. A classifier alone has strength 1.
 * @throws RequestError for guidance that cannot be
 */
export async function planGuidance(
  body: WritingBody,
  models: GuidedModels,
  rows: readonly PlannedRow[],
): Promise<WritingPlan['guidance']> {
  const by = await guidedBy(body, models, rows);
  if (!by) return undefined;
  const { family, rowStart } = models.model;
  const strength = body.guidance ?? 1;
  return { guide: guideBy({ by, strength, family, rowStart }), strength };
}
