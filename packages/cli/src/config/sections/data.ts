import { NORMALISATIONS } from '@idlm/data';
import { z } from 'zod';
import { whole } from './values';

/** What is learned from. */
export const data = z.strictObject({
  corpus: z
    .string()
    .min(1)
    .default('moby-dick')
    .describe('A text, JSONL or Parquet file, a folder of them, or moby-dick, the novel that comes with idlm.'),
  format: z.enum(['text', 'jsonl', 'parquet']).nullable().default(null).describe('null: by the extension of the file.'),
  field: z.string().min(1).default('text').describe('Field of JSONL or column of Parquet that holds the text.'),
  normalise: z
    .enum(NORMALISATIONS)
    .default('letters')
    .describe('letters: 26 lower-case letters, all else a space. lowercase. none: the text as it is.'),
  tokenizer: z
    .string()
    .min(1)
    .default('characters')
    .describe('characters, bytes, or a folder with a tokenizer.json of the Hugging Face format.'),
  length: whole().default(64).describe('Tokens of a sequence.'),
  heldOut: z.number().min(0).max(0.5).default(0.1).describe('Share of the text, its end, that is never trained on.'),
});
