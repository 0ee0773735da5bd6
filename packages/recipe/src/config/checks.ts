import { InputError, timeGrid } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { denoisers } from '@idlm/denoiser';
import { scorers } from '@idlm/evaluation';
import { checkCompatible, classifiers } from '@idlm/samplers';
import { configuredAnswer } from './answer';
import { SMALL_VOCABULARY, configuredFamily } from './family';
import type { Path } from './fields';
import { networkSizes } from './network';
import { tryObjective } from './objective';
import { configuredMethod, optimizersIn } from './optimizers';
import { type Problem, refusal } from './problems';
import { samplerFor } from './sampler';
import type { Config } from './schema';

/** @throws InputError for a sampler that works on other processes than the family's */
function trySampler(config: Config): void {
  const { family } = configuredFamily(config, SMALL_VOCABULARY);
  checkCompatible(samplerFor(config, family), family);
}

/** @throws InputError for a type of tokenizers that there is not, or an option that it has not; a mere name may be a folder's */
function checkTokenizer({ data: { tokenizer } }: Config): void {
  if (typeof tokenizer === 'string') return;
  tokenizers.get(tokenizer.name);
  tokenizers.withDefaults(tokenizer);
}

/** @throws InputError for a classifier that is not registered: there are none but a user's own */
function checkClassifier({ sampling: { classifier } }: Config): void {
  if (classifier === null) return;
  if (classifiers.entries().length) classifiers.get(classifier.name);
  else
    throw new InputError(
      `No classifier is registered; name the module that registers ${JSON.stringify(classifier.name)} with --import.`,
    );
}

/** A problem with one field. */
const problem = (path: Path, sentence: string): Problem => ({ path, unknown: false, sentence });

/** What is compared must be swept: the teacher's steps, and the temperature that text is sampled at. */
function checkSweep({ evaluation: { compareAt, teacherSteps, temperatures }, sampling }: Config): Problem[] {
  // A temperature of 1 may be the default; another is what somebody wants to see.
  const isLeftOut = sampling.temperature !== 1 && temperatures && !temperatures.includes(sampling.temperature);
  return [
    ...(teacherSteps.includes(compareAt)
      ? []
      : [
          problem(
            ['evaluation', 'compareAt'],
            `evaluation.compareAt must be one of teacherSteps (${teacherSteps.join(', ')}); ${compareAt} was given.`,
          ),
        ]),
    ...(isLeftOut
      ? [
          problem(
            ['evaluation', 'temperatures'],
            `evaluation.temperatures (${temperatures.join(', ')}) must hold sampling.temperature, ${sampling.temperature}; add it, or leave one of the two out.`,
          ),
        ]
      : []),
  ];
}

/** What no single field shows: choices without a registered name, sizes and counts that do not go together. */
export function checkConfig(config: Config): Problem[] {
  const ofFamily = refusal(['family'], () => configuredFamily(config, SMALL_VOCABULARY));
  // The rest is tried with the family, and would only say the same.
  if (ofFamily.length) return ofFamily;
  return [
    ...refusal(['data', 'tokenizer'], () => checkTokenizer(config)),
    ...refusal(['distillation', 'objective'], () => tryObjective(config)),
    ...config.scorers.judges.flatMap((judge, i) =>
      refusal(['scorers', 'judges', i], () => scorers.withDefaults(judge)),
    ),
    ...optimizersIn(config).flatMap(([path, optimizer]) => refusal(path.split('.'), () => configuredMethod(optimizer))),
    ...refusal(['sampling', 'sampler'], () => trySampler(config)),
    ...refusal(['sampling', 'classifier'], () => checkClassifier(config)),
    ...refusal(['sampling', 'spacing'], () => timeGrid(1, config.sampling)),
    ...refusal(['model'], () => denoisers.create(networkSizes(config, SMALL_VOCABULARY))),
    ...refusal(['evaluation', 'exactMatch'], () => configuredAnswer(config)),
    ...checkSweep(config),
  ];
}
