import type { ModelFiles, ModelInUse } from '@idlm/recipe/models';
import { countedSteps } from './steps';

/** A model that writes, as it is used. */
type WritingModel = Pick<ModelFiles, 'model'> & Pick<ModelInUse, 'config'>;

/** What a model is called: its role, where it is known, and its kind of diffusion. */
function nameOf({ model, config }: WritingModel): string {
  if (model.network.config.causal) return `an autoregressive ${model.role ?? 'model'}`;
  return `a ${model.role ?? 'model'} of ${config.family.name}`;
}

/** How a model was made, as a clause. */
function makingOf({ model: { made } }: WritingModel): string {
  const { updates, objective } = made ?? {};
  if (updates === undefined) return '';
  return `, made in ${updates} updates${objective ? ` of ${objective.name}` : ''}`;
}

/** How a model is guided, as a clause. */
const guidanceOf = ({ config: { sampling } }: WritingModel): string =>
  sampling.classifier !== null
    ? `, guided by the classifier ${sampling.classifier.name} at strength ${sampling.guidance ?? 1}`
    : sampling.guidance === null
      ? ''
      : `, guided at strength ${sampling.guidance}`;

/** What writes in how many steps, in a sentence, and what that means of a teacher. */
export function describeWriter(writing: WritingModel, steps: number, length: number): string {
  const { model } = writing;
  const sentence = `Writing with ${nameOf(writing)}${makingOf(writing)}${guidanceOf(writing)}, at ${countedSteps(steps)}.`;
  if (model.role !== 'teacher' || 2 * steps >= length) return sentence;
  return `${sentence} A teacher is weak at few steps: give about ${length}, or distil it into a student ("idlm distill").`;
}

/** What texts were written by, for programs; with what was assumed of it, and what its folder recommends and nobody has set. */
export const recordOf = ({
  model,
  config,
  assumed,
  recommended,
}: WritingModel & Pick<ModelInUse, 'assumed'> & { readonly recommended: readonly string[] }) => ({
  ...(model.role ? { role: model.role } : {}),
  family: model.network.config.causal ? 'ar' : config.family.name,
  ...(config.sampling.guidance === null ? {} : { guidance: config.sampling.guidance }),
  ...(config.sampling.classifier === null ? {} : { classifier: config.sampling.classifier }),
  ...(assumed.length ? { assumed } : {}),
  ...(recommended.length ? { recommended } : {}),
});
