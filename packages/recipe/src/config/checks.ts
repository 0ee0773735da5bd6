import {
  type Family,
  type ForwardProcess,
  InputError,
  type NetworkDescription,
  families,
  timeGrid,
} from '@idlm/core-diffusion';
import { type Tokenizer, tokenizers } from '@idlm/data';
import { PRESETS, denoisers, dit } from '@idlm/denoiser';
import { answerOf, scorers } from '@idlm/evaluation';
import { type Objective, objectives } from '@idlm/idlm-loss';
import { type Sampler, checkCompatible, classifiers, samplers, suitableSampler } from '@idlm/samplers';
import type { Path } from './fields';
import { configuredMethod, optimizersIn } from './optimizers';
import type { Problem } from './problems';
import type { Config } from './schema';

/** The configured family, and the vocabulary that its networks have. */
export interface ConfiguredFamily {
  readonly family: Family;
  readonly vocabSize: number;
}

/**
 * The configured family for a tokenizer's vocabulary. Uniform processes have no mask: where a tokenizer's is its last entry,
 * their networks leave it out.
 */
export function configuredFamily(
  { family: spec }: Config,
  { vocabSize, maskId }: Pick<Tokenizer, 'vocabSize' | 'maskId'>,
): ConfiguredFamily {
  const family = families.create(spec, { vocabSize, maskId });
  if (family.process.maskId !== undefined || maskId !== vocabSize - 1) return { family, vocabSize };
  return { family: families.create(spec, { vocabSize: vocabSize - 1 }), vocabSize: vocabSize - 1 };
}

/** The sizes of the transformer: those of the preset, any of them replaced. */
function transformerSizes({ preset, hidden, blocks, heads, cond }: Config['model']) {
  const sizes = PRESETS[preset];
  return {
    hidden: hidden ?? sizes.hidden,
    blocks: blocks ?? sizes.blocks,
    heads: heads ?? sizes.heads,
    cond: cond ?? sizes.cond,
  };
}

/** The configured network for a tokenizer's vocabulary, whose rows begin with their text. */
export function networkSizes(config: Config, tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId'>): NetworkDescription {
  const { model, data } = config;
  const { name: type, options } = model.network;
  const { family, vocabSize } = configuredFamily(config, tokenizer);
  const timeConditioned = model.timeConditioning ?? !family.process.unmasking;
  const sizes = type === 'dit' ? { ...transformerSizes(model), ...options } : options;
  return { type, config: { ...sizes, vocabSize, length: data.length, timeConditioned } };
}

/** The configured sampler, or the one that suits the family's process. */
export function samplerFor({ sampling }: Config, { process }: Family): Sampler {
  const { name, options } = sampling.sampler;
  if (name !== 'auto') return samplers.create(sampling.sampler);
  const auto = suitableSampler(process).spec;
  return samplers.create({ ...auto, options: { ...auto.options, ...options } });
}

/** A vocabulary to try settings on before a tokenizer is known. */
const SMALL = { vocabSize: 4, maskId: 3 };

/** The process of the configured family with a small vocabulary, which changes neither its name nor whether it has a mask. */
export const processOf = (config: Config): ForwardProcess => configuredFamily(config, SMALL).family.process;

/** @throws InputError for a sampler that works on other processes than the family's */
function trySampler(config: Config): void {
  const { family } = configuredFamily(config, SMALL);
  checkCompatible(samplerFor(config, family), family);
}

/** What is said against a value when it is put to use. */
function refusal(path: Path, use: () => unknown): Problem[] {
  try {
    use();
    return [];
  } catch (error) {
    if ((error as { exitCode?: unknown }).exitCode !== 2) throw error;
    return [{ path, unknown: false, sentence: (error as Error).message }];
  }
}

/** A network to try objectives on: they look at it, and run nothing. */
const SMALL_NETWORK = { hidden: 8, blocks: 1, heads: 2, cond: 4, length: 4, timeConditioned: true };

/** The configured objective for a small network. @throws InputError if there is none, or it does not suit the family */
function smallObjective(config: Config): Objective {
  const { family, vocabSize } = configuredFamily(config, SMALL);
  return objectives.create(config.distillation.objective, { family, denoiser: dit({ ...SMALL_NETWORK, vocabSize }) });
}

/** @throws InputError for a type of tokenizers that there is not; a mere name may be a folder's */
function checkTokenizer({ data: { tokenizer } }: Config): void {
  if (typeof tokenizer !== 'string') tokenizers.get(tokenizer.name);
}

/** A configuration with a family of each process. */
const ofEachProcess = (config: Config): Config[] =>
  ['mdlm', 'duo'].map((name) => ({ ...config, family: { name, options: {} } }));

/** @throws InputError for a classifier that is not registered: there are none but a user's own */
function checkClassifier({ sampling: { classifier } }: Config): void {
  if (classifier === null) return;
  if (classifiers.entries().length) classifiers.get(classifier.name);
  else
    throw new InputError(
      `No classifier is registered; name the module that registers ${JSON.stringify(classifier.name)} with --import.`,
    );
}

/**
 * The family may still be that of a model, so an objective is wrong where it suits neither the configured one nor one of each
 * process.
 * @throws InputError for a name or an option that there is not
 */
function tryObjective(config: Config): void {
  const problemWith = (one: Config) => refusal([], () => smallObjective(one))[0];
  const first = problemWith(config);
  if (first && ofEachProcess(config).every(problemWith)) throw new InputError(first.sentence);
}

/** Whether the configured objective trains a second network in turn with the student. */
export function hasSecondNetwork(config: Config): boolean {
  const suited = [config, ...ofEachProcess(config)].find((one) => !refusal([], () => smallObjective(one)).length);
  return suited !== undefined && smallObjective(suited).fakeLoss !== undefined;
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

/** What finds the answers that must match; undefined where whole completions must. @throws InputError for what is no pattern */
export const configuredAnswer = ({ evaluation: { exactMatch } }: Config) =>
  exactMatch === 'whole' ? undefined : answerOf(exactMatch);

/** What no single field shows: choices without a registered name, sizes and counts that do not go together. */
export function checkConfig(config: Config): Problem[] {
  const ofFamily = refusal(['family'], () => configuredFamily(config, SMALL));
  // The rest is tried with the family, and would only say the same.
  if (ofFamily.length) return ofFamily;
  return [
    ...refusal(['data', 'tokenizer'], () => checkTokenizer(config)),
    ...refusal(['distillation', 'objective'], () => tryObjective(config)),
    ...config.scorers.judges.flatMap(({ name }, i) => refusal(['scorers', 'judges', i], () => scorers.get(name))),
    ...optimizersIn(config).flatMap(([path, optimizer]) => refusal(path.split('.'), () => configuredMethod(optimizer))),
    ...refusal(['sampling', 'sampler'], () => trySampler(config)),
    ...refusal(['sampling', 'classifier'], () => checkClassifier(config)),
    ...refusal(['sampling', 'spacing'], () => timeGrid(1, config.sampling)),
    ...refusal(['model'], () => denoisers.create(networkSizes(config, SMALL))),
    ...refusal(['evaluation', 'exactMatch'], () => configuredAnswer(config)),
    ...checkSweep(config),
  ];
}
