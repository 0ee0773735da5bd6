import { InputError, type RandomStream, withinSeconds } from '@idlm/core-diffusion';
import { clampMarked } from '@idlm/samplers';
import { type Interval, bootstrap } from './metrics/bootstrap';
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

/** Share of samples that are right, with its 95 % bootstrap interval over samples. */
export interface ExactMatch {
  readonly share: number;
  readonly interval: Interval;
}

/** How samples are compared with the rows of text that they were given the beginning of. */
export interface ExactMatchOptions {
  /** The padding token, where rows are padded. */
  readonly padId?: number;
  /** What of a text must be the same (default: all of its tokens). See `answerOf`. */
  readonly answer?: { readonly of: (text: string) => string | undefined; readonly decode: (ids: Int32Array) => string };
}

/**
 * Share of samples whose written tokens, or the answers in their text, are those of the row of text that they were given the beginning of,
 * padding aside. A sample without an answer is wrong.
 * @param texts as many rows as `wanted`
 * @throws InputError if a row of text has no answer
 */
export function exactMatch(texts: TextBatch, wanted: TextBatch, { padId, answer }: ExactMatchOptions = {}): ExactMatch {
  const compared = (batch: TextBatch): (string | undefined)[] =>
    withoutPadding(countedRows(batch), padId).map((row) => (answer ? answer.of(answer.decode(row)) : row.join()));
  const [written, right] = [compared(texts), compared(wanted)];
  const without = right.indexOf(undefined);
  if (without >= 0)
    throw new InputError(
      `The completion ${JSON.stringify(answer!.decode(countedRows(wanted)[without]!).slice(0, 80))} of the text has no answer that evaluation.exactMatch finds; choose another pattern, or "whole".`,
    );
  const hits = Float64Array.from(written, (one, i) => Number(one === right[i]));
  const shareOf = (drawn: Int32Array) => ({ share: drawn.reduce((sum, i) => sum + hits[i]!, 0) / drawn.length });
  return { share: mean(hits), interval: bootstrap(hits.length, shareOf).share.interval };
}

/** Patterns of answers by name: the number behind #### of GSM8K's solutions. */
export const ANSWERS: Readonly<Record<string, string>> = { gsm8k: '####\\s*([-+]?[\\d.,]*\\d)' };

/** Seconds for which an answer is looked for in a text. */
const ANSWER_SECONDS = 30;

/** A number in digits: its sign, its whole part and its fraction. */
const DIGITS = /^([-+]?)(\d*)(?:\.(\d*))?$/;

/** A number as it is compared, digit by digit: without thousands' commas, signs of nothing and zeros that say nothing. */
function normalised(answer: string): string {
  const text = answer.trim();
  const [, sign, whole = '', fraction = ''] = DIGITS.exec(text.replaceAll(',', '')) ?? [];
  if (!whole && !fraction) return text;
  const [before, behind] = [whole.replace(/^0+/, '') || '0', fraction.replace(/0+$/, '')];
  const digits = behind ? `${before}.${behind}` : before;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/**
 * What finds the answer in a text: the first group of the last place that a pattern matches, or all of that place where it has no group.
 * Numbers in digits are compared as numbers, however long they are.
 * @param pattern one of `ANSWERS`, or a regular expression
 * @param seconds that it may take for a text (default 30)
 * @throws InputError if it is no regular expression; what is given throws it for a text that takes longer
 * @example
 * ```ts
 * import { answerOf } from '@idlm/evaluation';
 *
 * console.log(answerOf('gsm8k')('3 + 4 = <<3+4=7>>7 apples. #### 1,007.0')); // → 1007
 * console.log(answerOf('= (\\w+)')('a = b, so a = c')); // → c
 * ```
 */
export function answerOf(pattern: string, seconds = ANSWER_SECONDS): (text: string) => string | undefined {
  let expression: RegExp;
  try {
    expression = new RegExp(Object.hasOwn(ANSWERS, pattern) ? ANSWERS[pattern]! : pattern, 'gu');
  } catch (error) {
    throw new InputError(
      `The pattern of an answer is ${Object.keys(ANSWERS).join(', ')} or a regular expression; ${JSON.stringify(pattern)} is none (${(error as Error).message}).`,
    );
  }
  return (text) => {
    const last = withinSeconds(
      seconds,
      () => [...text.matchAll(expression)].at(-1),
      () =>
        `The pattern of an answer, ${pattern}, takes too long on a text of ${text.length} characters; write another.`,
    );
    return last && normalised(last[1] ?? last[0]);
  };
}
