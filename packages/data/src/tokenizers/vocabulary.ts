import type { AddedToken } from './added-tokens';
import { addedToken } from './own-json';
import type { WordModel } from './word-encoder';

/** What a vocabulary looks like: ids by token, or tokens and their scores in the order of their ids. */
export type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [string, number])[];

/** The parts of a hub's `tokenizer.json` that are read here. */
export interface TokenizerJson {
  readonly model?: WordModel & {
    readonly vocab?: Vocabulary;
    readonly unk_token?: string | null;
    readonly unk_id?: number | null;
    readonly continuing_subword_prefix?: string | null;
  };
  readonly added_tokens?: readonly AddedToken[];
  readonly [part: string]: unknown;
}

/** A token and its id. */
export interface Token {
  readonly id: number;
  readonly content: string;
}

/** Ids of all tokens by their text; added tokens win, as they do in Hugging Face's libraries. */
export function idsByToken({ model, added_tokens: added = [] }: TokenizerJson): Map<string, number> {
  const vocab = model?.vocab ?? {};
  const entries: [string, number][] = Array.isArray(vocab)
    ? vocab.map(([content], id) => [content as string, id])
    : Object.entries(vocab as Readonly<Record<string, number>>);
  const ids = new Map(entries);
  for (const { id, content } of added) ids.set(content, id);
  return ids;
}

/** What a special token of `tokenizer_config.json` is called: it is named by its text, or described by an object. */
export function namedToken(config: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = config[field];
  const content = typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value;
  return typeof content === 'string' && content ? content : undefined;
}

/** Special tokens and their usual names, the commonest first; published vocabularies often do not say which is which. */
const USUAL = {
  mask: ['[MASK]', '<mask>', '<|mask|>', '<|mdm_mask|>', '<|mask_token|>', '[mask]', '<MASK>'],
  pad: ['[PAD]', '<pad>', '<|pad|>', '<|endoftext|>', '</s>', '[EOS]'],
  end: ['<|endoftext|>', '</s>', '<|end_of_text|>', '<eos>', '[EOS]', '<|eos|>', '[SEP]'],
  begin: ['<s>', '<bos>', '<|begin_of_text|>', '[BOS]', '<|startoftext|>', '[CLS]', '<|endoftext|>'],
} as const;

/** Fields of `tokenizer_config.json` that name a special token. */
const FIELDS = {
  mask: ['mask_token'],
  pad: ['pad_token'],
  end: ['eos_token', 'sep_token'],
  begin: ['bos_token', 'cls_token'],
} as const;

/** A vocabulary's own special token: the one that its configuration names, else one with a usual name. */
export function specialToken(
  role: keyof typeof USUAL,
  ids: ReadonlyMap<string, number>,
  config: Readonly<Record<string, unknown>>,
): Token | undefined {
  const named = FIELDS[role].flatMap((field) => namedToken(config, field) ?? []);
  const content = [...named, ...USUAL[role]].find((name) => ids.has(name));
  return content === undefined ? undefined : { content, id: ids.get(content)! };
}

/** `tokenizer.json` with one more special token. */
export function withToken(json: TokenizerJson, { id, content }: Token): TokenizerJson {
  const { added_tokens: added = [], model } = json;
  // Python numbers added tokens by itself where the vocabulary has not got them, and otherwise where ids have holes.
  const vocab = Array.isArray(model?.vocab) ? model.vocab : { ...model?.vocab, [content]: id };
  return { ...json, added_tokens: [...added, addedToken(id, content)], model: { ...model, vocab } };
}

/** `tokenizer.json` without a token of its end. */
export function withoutToken(json: TokenizerJson, { id, content }: Token): TokenizerJson {
  const { added_tokens: added = [], model } = json;
  const words = Object.entries((Array.isArray(model?.vocab) ? {} : model?.vocab) ?? {}).filter(
    ([word]) => word !== content,
  );
  const vocab = Array.isArray(model?.vocab) ? model.vocab : Object.fromEntries(words);
  return { ...json, added_tokens: added.filter((token) => token.id !== id), model: { ...model, vocab } };
}
