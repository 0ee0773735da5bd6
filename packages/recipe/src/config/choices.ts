import { type OptionDeclarations, families, operators, schedules } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { denoisers } from '@idlm/denoiser';
import { scorers } from '@idlm/evaluation';
import { objectives, relaxations } from '@idlm/idlm-loss';
import { classifiers, samplers } from '@idlm/samplers';
import { optimizers } from '@idlm/trainer';

/** What may stand by name in a configuration, of one kind. */
export interface ChoicesOfKind {
  /** In the plural, such as `families`. */
  readonly kind: string;
  /** One of them, such as `family`, as options that choose one name it. */
  readonly one: string;
  /** In the order of registration. */
  readonly choices: readonly NamedChoice[];
}

/** What may stand by name in a configuration. */
export interface NamedChoice {
  readonly name: string;
  readonly description: string;
  /** Its options; undefined where it declares none, and takes what it reads itself. */
  readonly options?: OptionDeclarations;
}

/** A registry of any kind. */
interface Named {
  entries(): readonly (readonly [name: string, entry: Omit<NamedChoice, 'name'>])[];
}

const REGISTRIES: readonly (readonly [one: string, registry: Named, kind?: string])[] = [
  ['family', families, 'families'],
  ['noise schedule', schedules],
  ['operator', operators],
  ['objective', objectives],
  ['relaxation', relaxations],
  ['sampler', samplers],
  ['classifier', classifiers],
  ['network', denoisers],
  ['tokenizer', tokenizers],
  ['judge', scorers],
  ['optimizer', optimizers],
];

/**
 * All that configurations choose by name, with what modules that are imported have registered until now. A kind of which there is nothing is
 * left out.
 */
export const namedChoices = (): ChoicesOfKind[] =>
  REGISTRIES.map(([one, registry, kind = `${one}s`]) => ({
    ...{ kind, one },
    choices: registry.entries().map(([name, { description, options }]) => ({ name, description, options })),
  })).filter(({ choices }) => choices.length);
