import { join } from 'node:path';
import { InputError, parseJson } from '@idlm/core-diffusion';
import type { ModelFiles } from './model-files';
import type { PreparedCorpus } from '../text/corpus';

/** Name of the file in an autoregressive model's folder that holds how often each token comes first. */
export const FIRST_TOKEN = 'first-token.json';

/**
 * How often each token is the first of a row trained on, [V]: in packed text, of a window, whose offsets are all as likely; else
 * of a padded row. Next-token loss never scores it, so this is all that is learned of it.
 */
export function countFirstTokens(
  { takeTraining, rowStart }: Pick<PreparedCorpus, 'takeTraining' | 'rowStart'>,
  length: number,
  vocabSize: number,
): Float64Array {
  const counts = new Float64Array(vocabSize);
  const { train, rowLength } = takeTraining();
  const first = rowLength === undefined || rowStart === undefined ? 0 : 1;
  for (let i = first; i + length <= train.length; i += rowLength ?? 1) counts[train[i]!]!++;
  return counts;
}

/** The counts as a file. */
export const firstTokenFile = (counts: Float64Array): string => `${JSON.stringify({ counts: Array.from(counts) })}\n`;

function countsIn(text: string): unknown {
  try {
    return (parseJson(text) as { counts?: unknown } | null)?.counts;
  } catch {
    return undefined;
  }
}

/**
 * The counts of a model; undefined in folders that have none, such as those of older runs.
 * @throws InputError if they are not of so many tokens
 */
export async function readFirstTokens(
  { folder, stored }: Pick<ModelFiles, 'folder' | 'stored'>,
  vocabSize: number,
): Promise<Float64Array | undefined> {
  const path = join(folder, FIRST_TOKEN);
  const text = await stored.text(FIRST_TOKEN);
  if (text === undefined) return undefined;
  const counts = countsIn(text);
  if (Array.isArray(counts) && counts.length === vocabSize && counts.every((count) => count >= 0))
    return Float64Array.from(counts as number[]);
  throw new InputError(`${path} holds no counts of the model's ${vocabSize} tokens; train the model again.`);
}
