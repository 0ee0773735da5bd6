import type { Config } from '../config';
import { short } from '../terminal/format';
import type { PreparedCorpus } from './corpus';
import { isOwnCorpus } from './documents';

/** Which text a command uses and how it is split, for records. */
export const textRecord = (
  { corpus, heldOut }: Config['data'],
  { packed }: PreparedCorpus,
): { corpus: string; heldOut: number; trainTokens: number; heldOutTokens: number } => ({
  corpus,
  heldOut,
  trainTokens: packed.train.length,
  heldOutTokens: packed.heldOut.length,
});

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
