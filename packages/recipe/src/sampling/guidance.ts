import { type Family, InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { type Network, classifiers } from '@idlm/samplers';
import type { Config } from '../config/schema';
import type { ModelFiles } from '../models/model-files';
import { type Guide, guideBy, refuseNothingGiven } from './guide';

/** What is guided: a model, with what it is used with. */
export interface Guided extends Pick<ModelFiles, 'folder' | 'model'> {
  readonly config: Config;
  readonly tokenizer: Tokenizer;
  readonly family: Family;
}

/** A network for some texts, from the model's own. */
export type NetworkGuide = (network: Network, request: Parameters<Guide>[1]) => Network;

/** What texts are guided by, beside settings. */
export interface GuidanceAtHand {
  /** The model that guidance leads away from, where another is. */
  readonly unconditional?: Pick<ModelFiles, 'folder' | 'model'>;
  /** Whether any text is given something. */
  readonly isGiven: boolean;
}

/**
 * Refuses what cannot be guided together.
 * @throws InputError for settings that do not go together, a model of another vocabulary or length, and guidance by what is given
 *   where nothing is
 */
export function checkGuidance(
  { config: { sampling }, model, family, folder }: Guided,
  { unconditional, isGiven }: GuidanceAtHand,
): void {
  const { guidance, classifier, block } = sampling;
  if (unconditional && guidance === null)
    throw new InputError(
      'The model of --unconditional is what guidance leads away from: give its strength (--guidance), or leave it out.',
    );
  if (unconditional && classifier !== null)
    throw new InputError(
      'Text is guided by a classifier or away from another model; leave out --classifier or --unconditional.',
    );
  if (guidance === null && classifier === null) return;
  if (!unconditional && classifier === null) {
    if (family.process.maskId === undefined || !family.process.unmasking)
      throw new InputError(
        `Guidance hides what is given behind masks, which models of ${family.spec.name} do not know; name a model that knows no condition with --unconditional.`,
      );
    if (block !== null)
      throw new InputError(
        'Guidance by what is given sees a whole text, and a block a part of it; leave out --guidance or --block.',
      );
    if (!isGiven) refuseNothingGiven();
  }
  if (!unconditional) return;
  const [own, other] = [model.network.config, unconditional.model.network.config];
  for (const [what, of] of [
    ['vocabSize', 'tokens'],
    ['length', 'positions'],
  ] as const)
    if (own[what] !== other[what])
      throw new InputError(
        `Guidance takes two models of one vocabulary and length: ${folder} has ${own[what]} ${of}, and ${unconditional.folder} ${other[what]}.`,
      );
}

/**
 * How the configured guidance changes a model's network; undefined where none is configured. A classifier alone has strength 1.
 * @param other the network that knows no condition (default: the model's own, which is not shown what is given)
 */
export async function configuredGuide(
  { config: { sampling }, model, tokenizer, family }: Guided,
  other?: Network,
): Promise<NetworkGuide | undefined> {
  const { guidance, classifier } = sampling;
  if (guidance === null && classifier === null) return undefined;
  const { length, rowStart } = model.network.config;
  const context = { family, length, decode: (ids: ArrayLike<number>) => tokenizer.decode(ids) };
  const made = classifier === null ? undefined : await classifiers.create(classifier, context);
  const by = made ? { classifier: made } : other ? 'another' : 'given';
  const guide = guideBy({ by, strength: guidance ?? 1, family, rowStart });
  return (network, request) => guide({ network, other }, request);
}
