import { CORPUS_FORMATS, NORMALISATIONS, PADDINGS } from '@idlm/data';
import { z } from 'zod';
import { spec, whole } from './values';

/** What is learned from. */
export const data = z.strictObject({
  corpus: z
    .string()
    .min(1)
    .default('moby-dick')
    .describe(
      'A text, JSONL, JSON, CSV or Parquet file (.gz and .zst too), a folder of them (only its training split), a pattern (texts/*.jsonl), what idlm prepare wrote, - for standard input, or what comes with idlm: moby-dick, the novel, or words, English ones of 3 to 12 letters.',
    ),
  format: z.enum(CORPUS_FORMATS).nullable().default(null).describe('null: by the extension of the file.'),
  field: z
    .string()
    .min(1)
    .default('text')
    .describe('Field of JSONL or JSON, or column of CSV or Parquet, that holds the text.'),
  promptField: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Field or column of prompts, which stand before the text and are given, not learned; null: none.'),
  promptSeparator: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'What stands between a prompt and its text. null: a space behind a word or a sentence, nothing behind white space or another mark, such as that of 55+66=.',
    ),
  layout: z
    .enum(['packed', 'rows'])
    .nullable()
    .default(null)
    .describe(
      'packed: one long text, cut into windows. rows: each document (line of a text) by itself, padded to the length, left out if longer; networks that write masks see a token before each. null: rows for words and prompts, else packed.',
    ),
  normalise: z
    .enum(NORMALISATIONS)
    .nullable()
    .default(null)
    .describe(
      'letters: 26 lower-case letters, all else a space. lowercase. none: the text as it is. null: as the tokenizer has it: letters for characters and bytes, else mostly none.',
    ),
  tokenizer: spec()
    .transform((one) => (Object.keys(one.options).length ? one : one.name))
    .prefault('characters')
    .describe(
      'characters, bytes, bpe (pieces of words that are learned from the text; option vocabSize), gpt2 (of the package gpt-tokenizer, which comes with the command idlm), one that an import registers, or a tokenizer.json or its folder: of the Hugging Face format, or of a saved model.',
    ),
  separator: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'What stands between packed documents, as text. null: the end of a text of the vocabulary, else a line end, else a space.',
    ),
  windowEnds: z
    .boolean()
    .default(false)
    .describe(
      'Windows begin and end with the begin and end of a text of the vocabulary, as published models have it; in rows these stand around each text, before the padding, and no other token before it.',
    ),
  padding: z
    .enum(PADDINGS)
    .default('learned')
    .describe(
      'Of rows. learned: models write the padding behind a text, and so where it ends. given: padding is given like a prompt, and counts in no loss, bound or sample; texts that nothing is given for fill their length. uncounted: padding is noised like text and counts in no loss or bound, as where MDLM trains on rows; what models write behind a text means nothing.',
    ),
  length: whole().default(64).describe('Tokens of a sequence.'),
  heldOut: z
    .number()
    .min(0)
    .max(0.5)
    .or(z.literal(1))
    .default(0.1)
    .describe(
      'Share that is never trained on: the end of packed text, or some of the rows. 1: all, of a text that the models which are judged have not seen.',
    ),
});
