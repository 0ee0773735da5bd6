import { type RandomStream, type TokenBatch, countedMarks } from '@idlm/core-diffusion';

/** Tokens of texts, [B, L], of which some may be given rather than written, such as those of a prompt. */
export interface TextBatch extends TokenBatch {
  /** 1 where a token counts, 0 where it is given, [B·L]. All count where it is absent. */
  readonly valid?: Uint8Array;
  /** 0 where a token is written but is none of the text, such as padding, [B·L]. All count where it is absent. */
  readonly counted?: Uint8Array;
}

/** The whole rows of a batch. */
export const rowsOf = ({ ids, batch, length }: TokenBatch): Int32Array[] =>
  Array.from({ length: batch }, (_, row) => ids.subarray(row * length, (row + 1) * length));

/** The tokens of each row that count: without a prompt, what stands behind it. */
export function countedRows(texts: TextBatch): Int32Array[] {
  const [counts, { length }] = [countedMarks(texts), texts];
  const rows = rowsOf(texts);
  return counts ? rows.map((row, r) => row.filter((_, i) => counts[r * length + i] === 1)) : rows;
}

/** Some rows of a batch, by their numbers. */
export function selectRows({ ids, length, valid, counted }: TextBatch, rows: readonly number[]): TextBatch {
  const select = <Values extends Int32Array | Uint8Array>(from: Values, into: Values): Values => {
    rows.forEach((row, i) => into.set(from.subarray(row * length, (row + 1) * length), i * length));
    return into;
  };
  const size = rows.length * length;
  return {
    ids: select(ids, new Int32Array(size)),
    batch: rows.length,
    length,
    ...(valid ? { valid: select(valid, new Uint8Array(size)) } : {}),
    ...(counted ? { counted: select(counted, new Uint8Array(size)) } : {}),
  };
}

/** The items in a drawn order (Fisher–Yates). */
export function shuffled<Item>(items: readonly Item[], random: RandomStream): Item[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** The numbers of a batch's rows in a drawn order. */
export const shuffledRows = ({ batch }: TokenBatch, random: RandomStream): number[] =>
  shuffled(
    Array.from({ length: batch }, (_, row) => row),
    random,
  );
