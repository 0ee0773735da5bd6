import { families } from '@idlm/core-diffusion';
import { type DitConfig, PRESETS, checkDitConfig } from '@idlm/denoiser';
import { objectives, relaxations } from '@idlm/idlm-loss';
import { samplers } from '@idlm/samplers';
import type { Spec } from '@idlm/core-diffusion';
import type { Path } from './fields';
import type { Problem } from './problems';
import type { Config } from './schema';

/** Sizes of the configured network for a vocabulary. */
export function networkSizes({ model, data }: Config, vocabSize: number): DitConfig {
  const preset = PRESETS[model.preset];
  return {
    hidden: model.hidden ?? preset.hidden,
    blocks: model.blocks ?? preset.blocks,
    heads: model.heads ?? preset.heads,
    cond: model.cond ?? preset.cond,
    vocabSize,
    length: data.length,
    timeConditioned: model.timeConditioning,
  };
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

/** What no single field shows: choices without a registered name, sizes and counts that do not go together. */
export function checkConfig(config: Config): Problem[] {
  const { distillation, evaluation } = config;
  const { compareAt, teacherSteps } = evaluation;
  return [
    ...refusal(['family'], () => families.create(config.family, { vocabSize: 2, maskId: 1 })),
    ...refusal(['distillation', 'objective'], () => tryObjective(distillation.objective)),
    ...refusal(['sampling', 'sampler'], () => samplers.create(config.sampling.sampler)),
    ...refusal(['model'], () => checkDitConfig(networkSizes(config, 2))),
    ...(teacherSteps.includes(compareAt)
      ? []
      : [
          {
            path: ['evaluation', 'compareAt'],
            unknown: false,
            sentence: `evaluation.compareAt must be one of teacherSteps (${teacherSteps.join(', ')}); ${compareAt} was given.`,
          },
        ]),
  ];
}
