import { families, schedules } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { denoisers } from '@idlm/denoiser';
import { scorers } from '@idlm/evaluation';
import { objectives, relaxations } from '@idlm/idlm-loss';
import { samplers } from '@idlm/samplers';
import { optimizers } from '@idlm/trainer';

/** What may stand by name in a configuration, of one kind. */
export interface ChoicesOfKind {
  /** In the plural, such as `families`. */
  readonly kind: string;
  /** In the order of registration. */
  readonly choices: readonly { readonly name: string; readonly description: string }[];
}

/** A registry of any kind. */
interface Named {
  entries(): readonly (readonly [name: string, entry: { readonly description: string }])[];
}

const REGISTRIES: Readonly<Record<string, Named>> = {
  families,
  'noise schedules': schedules,
  objectives,
  relaxations,
  samplers,
  networks: denoisers,
  tokenizers,
  judges: scorers,
  optimizers,
};

/** All that configurations choose by name, with what modules that are imported have registered until now. */
export const namedChoices = (): ChoicesOfKind[] =>
  Object.entries(REGISTRIES).map(([kind, registry]) => ({
    kind,
    choices: registry.entries().map(([name, { description }]) => ({ name, description })),
  }));
