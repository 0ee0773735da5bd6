import type { CorpusFacts, ShardIndex } from '@idlm/data';
import type { Config } from '@idlm/recipe/config';
import { type PreparedCorpus, isOwnCorpus } from '@idlm/recipe/text';
import { short } from '../terminal/format';

/** Tokens or rows to train on and held out, in words. */
function extentOf(
  { trainTokens, heldOutTokens, heldOutIsTraining }: CorpusFacts,
  rowLength: number | undefined,
): string {
  const count = (tokens: number) => short(tokens / (rowLength ?? 1));
  const unit = rowLength === undefined ? 'tokens' : `rows of ${rowLength} tokens`;
  const held = heldOutIsTraining ? 'nothing held out' : `${count(heldOutTokens)} held out`;
  return `${count(trainTokens)} ${unit} to train on, ${held}`;
}

/** A prepared text in one sentence. */
export const describeText = (
  name: string,
  { layout, length, facts }: Pick<ShardIndex, 'layout' | 'length' | 'facts'>,
): string => `Text: ${name}, ${extentOf(facts, layout === 'rows' ? length : undefined)}.`;

/** A text in one sentence: which it is, how much there is to train on, and how much is held out. */
export function describeCorpus({ corpus, length }: Config['data'], { padId, facts }: PreparedCorpus): string {
  // A file of the same name may lie here.
  const own = isOwnCorpus(corpus) ? ' (which comes with idlm)' : '';
  return `Text: ${corpus}${own}, ${extentOf(facts, padId === undefined ? undefined : length)}.`;
}
