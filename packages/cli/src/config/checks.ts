import { type Family, type ForwardProcess, InputError, families } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { type DitConfig, PRESETS, checkDitConfig } from '@idlm/denoiser';
import { objectives, relaxations } from '@idlm/idlm-loss';
import { type Sampler, samplers } from '@idlm/samplers';
import type { Spec } from '@idlm/core-diffusion';
import type { Path } from './fields';
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
  if (family.process.kind === 'absorbing' || maskId !== vocabSize - 1) return { family, vocabSize };
  return { family: families.create(spec, { vocabSize: vocabSize - 1 }), vocabSize: vocabSize - 1 };
}

/** Sizes of the configured network for a tokenizer's vocabulary. */
export function networkSizes(config: Config, tokenizer: Pick<Tokenizer, 'vocabSize' | 'maskId'>): DitConfig {
  const { model, data } = config;
  const preset = PRESETS[model.preset];
  const { family, vocabSize } = configuredFamily(config, tokenizer);
  return {
    hidden: model.hidden ?? preset.hidden,
    blocks: model.blocks ?? preset.blocks,
    heads: model.heads ?? preset.heads,
    cond: model.cond ?? preset.cond,
    vocabSize,
    length: data.length,
    timeConditioned: model.timeConditioning ?? family.process.kind === 'uniform',
  };
}

/** What `auto` stands for. Uniform processes end in a draw: their greedy tail changes tokens that are long settled. */
const AUTO: Readonly<Record<ForwardProcess['kind'], Required<Spec>>> = {
  absorbing: { name: 'ancestral-cached', options: {} },
  uniform: { name: 'ancestral', options: { last: 'ancestral' } },
};

/** The configured sampler, or the one that suits the family's process. */
export function samplerFor({ sampling }: Config, { process }: Family): Sampler {
  const { name, options } = sampling.sampler;
  if (name !== 'auto') return samplers.create(sampling.sampler);
  const auto = AUTO[process.kind];
  return samplers.create({ ...auto, options: { ...auto.options, ...options } });
}

/** A vocabulary to try settings on before a tokenizer is known. */
const SMALL = { vocabSize: 4, maskId: 3 };

/** The kind of noise of the configured family, which no vocabulary changes. */
export const processKind = (config: Config): ForwardProcess['kind'] =>
  configuredFamily(config, SMALL).family.process.kind;

/** @throws InputError for a sampler that works on other processes than the family's */
function trySampler(config: Config): void {
  const { family } = configuredFamily(config, SMALL);
  const { spec, compatible } = samplerFor(config, family);
  if (!compatible.includes(family.process.kind))
    throw new InputError(
      `The sampler "${spec.name}" works on ${compatible.join(' and ')} processes; the ${config.family.name} family's is ${family.process.kind}.`,
    );
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

/** An objective needs networks to be made, so only its name and relaxation are tried. */
function tryObjective({ name, options = {} }: Spec): void {
  if (!objectives.entries().some(([known]) => known === name)) objectives.create(name, undefined as never);
  if (options['relaxation']) relaxations.create(options['relaxation'] as unknown as Spec);
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
  return [
    ...refusal(['family'], () => configuredFamily(config, SMALL)),
    ...refusal(['distillation', 'objective'], () => tryObjective(config.distillation.objective)),
    ...refusal(['sampling', 'sampler'], () => trySampler(config)),
    ...refusal(['model'], () => checkDitConfig(networkSizes(config, SMALL))),
    ...checkSweep(config),
  ];
}
