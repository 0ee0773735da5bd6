import type { Config } from '../config/schema';
import type { PreparedCorpus } from '../text/corpus';

/** Which text a command uses and how it is split, for records. */
export const textRecord = (
  { corpus, heldOut }: Config['data'],
  { facts }: PreparedCorpus,
): { corpus: string; heldOut: number; trainTokens: number; heldOutTokens: number } => ({
  corpus,
  heldOut,
  trainTokens: facts.trainTokens,
  heldOutTokens: facts.heldOutTokens,
});
