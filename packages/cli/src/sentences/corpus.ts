import type { Config } from '@idlm/recipe/config';
import { type PreparedCorpus, isOwnCorpus } from '@idlm/recipe/text';
import { short } from '../terminal/format';

/** A text in one sentence: which it is, how much there is to train on, and how much is held out. */
export function describeCorpus({ corpus, length }: Config['data'], { packed, padId, facts }: PreparedCorpus): string {
  const isRows = padId !== undefined;
  const count = ({ length: tokens }: { readonly length: number }) => short(isRows ? tokens / length : tokens);
  const unit = isRows ? `rows of ${length} tokens` : 'tokens';
  const held = facts.heldOutIsTraining ? 'nothing held out' : `${count(packed.heldOut)} held out`;
  // A file of the same name may lie here.
  const own = isOwnCorpus(corpus) ? ' (which comes with idlm)' : '';
  return `Text: ${corpus}${own}, ${count(packed.train)} ${unit} to train on, ${held}.`;
}
