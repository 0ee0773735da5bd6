import { InputError } from '../errors';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { collector } from './collector';
import { checkShare, holdOutRows } from './hold-out';
import { type PackedCorpus, hashOf } from './pack';
import type { PromptedDocument } from './read';

/** A corpus of padded rows: `train` and `heldOut` are [N, L], row-major. */
export interface RowCorpus extends PackedCorpus {
  /** Tokens of a row, L. */
  readonly length: number;
  /** The token behind shorter rows. Models learn to write it like any other. */
  readonly padId: number;
  /** Documents that were longer than a row, and are left out. */
  readonly dropped: number;
  /** Tokens of each row's prompt, [N], where documents have prompts. */
  readonly prompts?: { readonly train: Int32Array; readonly heldOut: Int32Array };
}

/** How documents become rows. */
export interface RowOptions {
  readonly length: number;
  /** The tokenizer's own by default. */
  readonly padId?: number;
  /** Share of rows held out, in [0, 0.5] (default 0.1). */
  readonly share?: number;
  /** Ids between a prompt and its text, such as those of a space. */
  readonly separator?: Int32Array;
}

/** The ids of a document, and how many of them are its prompt. */
function encodeDocument(
  document: string | PromptedDocument,
  tokenizer: Tokenizer,
  separator: Int32Array,
): { readonly ids: Int32Array; readonly prompt: number } {
  if (typeof document === 'string') return { ids: tokenizer.encode(document), prompt: 0 };
  const prompt = [...tokenizer.encode(document.prompt), ...separator];
  return { ids: Int32Array.from([...prompt, ...tokenizer.encode(document.text)]), prompt: prompt.length };
}

/** Some rows of [N, L], one after another. */
function selectRows(tokens: Int32Array, length: number, rows: Uint32Array): Int32Array {
  const out = new Int32Array(rows.length * length);
  rows.forEach((row, i) => out.set(tokens.subarray(row * length, (row + 1) * length), i * length));
  return out;
}

/** All documents as rows, before any is held out. */
async function collectRows(
  documents: AsyncIterable<string | PromptedDocument> | Iterable<string | PromptedDocument>,
  tokenizer: Tokenizer,
  { length, padId, separator = new Int32Array(0) }: RowOptions & { readonly padId: number },
) {
  const [tokens, prompts] = [collector(), collector()];
  let [dropped, prompted] = [0, false];
  for await (const document of documents) {
    const { ids, prompt } = encodeDocument(document, tokenizer, separator);
    if (ids.length > length) dropped++;
    if (ids.length === prompt || ids.length > length) continue;
    const row = new Int32Array(length).fill(padId);
    row.set(ids);
    tokens.add(row);
    prompts.add(Int32Array.of(prompt));
    prompted ||= prompt > 0;
  }
  return { tokens: tokens.take(), prompts: prompted ? prompts.take() : undefined, dropped };
}

/**
 * Encodes each document into a row of its own, padded to L. Longer documents are left out and counted, never cut; those
 * without a token are passed over. Rows are held out by a hash of their tokens (see `holdOutRows`).
 * @throws InputError if the tokenizer has no padding, no document fits, or the share is out of its range
 */
export async function packRows(
  documents: AsyncIterable<string | PromptedDocument> | Iterable<string | PromptedDocument>,
  tokenizer: Tokenizer,
  options: RowOptions,
): Promise<RowCorpus> {
  const { length, padId = tokenizer.padId, share = 0.1 } = options;
  checkShare(share);
  if (padId === undefined)
    throw new InputError(
      'The tokenizer has no token to fill rows up with; take one with a space or a [PAD] token, or set data.layout to "packed".',
    );
  const { tokens, prompts, dropped } = await collectRows(documents, tokenizer, { ...options, padId });
  if (!tokens.length)
    throw new InputError(
      `No document fits a row of ${length} tokens: ${dropped} are longer; set data.length higher, or data.layout to "packed".`,
    );
  const { train, heldOut } = holdOutRows(tokens, length, share);
  const numbers = prompts && {
    train: Int32Array.from(train, (row) => prompts[row]!),
    heldOut: Int32Array.from(heldOut, (row) => prompts[row]!),
  };
  return {
    train: selectRows(tokens, length, train),
    heldOut: selectRows(tokens, length, heldOut),
    hash: hashOf(tokens),
    length,
    padId,
    dropped,
    ...(numbers ? { prompts: numbers } : {}),
  };
}
