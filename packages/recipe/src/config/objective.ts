import { InputError } from '@idlm/core-diffusion';
import { dit } from '@idlm/denoiser';
import { type Objective, objectives } from '@idlm/idlm-loss';
import { SMALL_VOCABULARY, configuredFamily } from './family';
import { refusal } from './problems';
import type { Config } from './schema';

/** A network to try objectives on: they look at it, and run nothing. */
const SMALL_NETWORK = { hidden: 8, blocks: 1, heads: 2, cond: 4, length: 4, timeConditioned: true };

/** The configured objective for a small network. @throws InputError if there is none, or it does not suit the family */
function smallObjective(config: Config): Objective {
  const { family, vocabSize } = configuredFamily(config, SMALL_VOCABULARY);
  return objectives.create(config.distillation.objective, { family, denoiser: dit({ ...SMALL_NETWORK, vocabSize }) });
}

/** A configuration with a family of each process. */
const ofEachProcess = (config: Config): Config[] =>
  ['mdlm', 'duo'].map((name) => ({ ...config, family: { name, options: {} } }));

/**
 * The family may still be that of a model, so an objective is wrong where it suits neither the configured one nor one of each
 * process.
 * @throws InputError for a name or an option that there is not
 */
export function tryObjective(config: Config): void {
  const problemWith = (one: Config) => refusal([], () => smallObjective(one))[0];
  const first = problemWith(config);
  if (first && ofEachProcess(config).every(problemWith)) throw new InputError(first.sentence);
}

/** Whether the configured objective trains a second network in turn with the student. */
export function hasSecondNetwork(config: Config): boolean {
  const suited = [config, ...ofEachProcess(config)].find((one) => !refusal([], () => smallObjective(one)).length);
  return suited !== undefined && smallObjective(suited).fakeLoss !== undefined;
}
