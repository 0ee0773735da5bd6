import { FREE } from '@idlm/samplers';
import type { InfillText } from '../text/infill';
import type { GivenText } from '../text/prompts';

/** What stands at the beginning of texts, whatever the lengths of holes. */
export const beginningOf = (given: GivenText | InfillText): GivenText =>
  'clamp' in given ? given : { text: given.text, clamp: given.pieces[0]!.ids };

/** Whether any of some texts is given a token. */
export const isAnyGiven = (given: readonly (GivenText | InfillText)[]): boolean =>
  given.some((one) =>
    'clamp' in one ? one.clamp.some((token) => token !== FREE) : one.pieces.some(({ ids }) => ids.length > 0),
  );

/** Whether all texts begin with something given, so that no first token is drawn; not where none is given anything. */
export const haveBeginnings = (given: readonly (GivenText | InfillText)[]): boolean =>
  given.length > 0 && given.map(beginningOf).every(({ clamp }) => clamp.length > 0 && clamp[0] !== FREE);

/** Whether something given stands behind a hole of a text. */
export const hasTextBehindHole = ({ clamp }: GivenText): boolean =>
  clamp.some((token, i) => i > 0 && token !== FREE && clamp[i - 1] === FREE);
