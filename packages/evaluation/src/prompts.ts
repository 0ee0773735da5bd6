import type { RandomStream } from '@idlm/core-diffusion';
import { clampMarked } from '@idlm/samplers';
import { withoutPadding } from './metrics/drift';
import { mean } from './metrics/entropy';
import { type TextBatch, countedRows, selectRows, shuffledRows } from './rows';

/** What samples are given of rows of real text. */
export interface GivenRows {
  /** The row of text behind each sample, [B, L]. */
  readonly rows: TextBatch;
  /** Tokens that are given, −1 where a sample is to be written, [B·L]. */
  readonly clamp: Int32Array;
}

/**
 * Rows of text whose given tokens samples begin with: the text's rows in a drawn order, again and again from the first where
 * there are fewer than samples. All of it follows from `random`, so that models are asked the same.
 * @returns undefined where nothing of the text is given
 */
export function givenRows(data: TextBatch, samples: number, random: RandomStream): GivenRows | undefined {
  if (!data.valid) return undefined;
  const order = shuffledRows(data, random);
  const rows = selectRows(
    data,
    Array.from({ length: samples }, (_, i) => order[i % order.length]!),
  );
  return { rows, clamp: clampMarked(rows.ids, rows.valid!) };
}

/**
 * Share of samples whose written tokens are those of the row of text that they were given the beginning of, padding aside.
 * @param texts as many rows as `wanted`
 */
export function exactMatch(texts: TextBatch, wanted: TextBatch, padId?: number): number {
  const [written, right] = [texts, wanted].map((batch) => withoutPadding(countedRows(batch), padId)) as [
    readonly Int32Array[],
    readonly Int32Array[],
  ];
  return mean(written.map((row, i) => Number(row.join() === right[i]!.join())));
}
