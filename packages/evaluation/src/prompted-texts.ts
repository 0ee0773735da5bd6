import { withoutPadding } from './metrics/drift';
import { type TextBatch, countedRows, rowsOf } from './rows';

/** Texts as a judge reads them. */
export interface PromptedTexts {
  /** What is written of each. */
  readonly texts: readonly string[];
  /** What is given before it; absent where nothing is of any. */
  readonly prompts?: readonly string[];
}

/** The tokens at the beginning of each row that are given. */
function promptsOf(batch: TextBatch): Int32Array[] {
  const { valid, length } = batch;
  return rowsOf(batch).map((row, r) => {
    const written = valid ? valid.subarray(r * length, (r + 1) * length).indexOf(1) : 0;
    return row.subarray(0, written < 0 ? length : written);
  });
}

/**
 * Texts of rows, without padding, and what is given before them. Both are decoded at once, so that a space between them is not lost.
 * @param padId the padding token, where rows are padded
 */
export function promptedTexts(
  batch: TextBatch,
  decode: (ids: Int32Array) => string,
  padId: number | undefined,
): PromptedTexts {
  const written = withoutPadding(countedRows(batch), padId);
  const given = promptsOf(batch);
  const prompts = given.map(decode);
  if (prompts.every((prompt) => prompt === '')) return { texts: written.map(decode) };
  const texts = written.map((row, r) => {
    const whole = decode(Int32Array.from([...given[r]!, ...row]));
    return whole.startsWith(prompts[r]!) ? whole.slice(prompts[r]!.length) : decode(row);
  });
  return { texts, prompts };
}
