import { type ForwardProcess, InputError } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';

/** A network that a tokenizer is to be used with. */
export interface NetworkVocabulary {
  /** Where the model lies, for messages. */
  readonly folder: string;
  /** Entries of a row of logits. */
  readonly vocabSize: number;
  /** Its process: whether it has a mask, and what messages call it. */
  readonly process: Pick<ForwardProcess, 'kind' | 'maskId'>;
  /** The family, for messages. */
  readonly family: string;
}

const isMasked = ({ maskId }: NetworkVocabulary['process']): boolean => maskId !== undefined;

/** A tokenizer with a network's vocabulary. */
export interface FittedTokenizer {
  readonly tokenizer: Tokenizer;
  /** What had to be assumed, in sentences. */
  readonly assumed: readonly string[];
}

/** Most entries that a network may have beyond a hub vocabulary: such are padded to multiples of up to 128. */
const MOST_UNUSED = 127;

/** Tokens without a mask that stands behind them. */
const wordsOf = ({ vocabSize, maskId }: Tokenizer): number => (maskId === vocabSize - 1 ? maskId : vocabSize);

/** Whether a token is one of those that no text holds, such as padding; the end of a text is held by many. */
function isUnwritten({ json, endOfTextId }: Tokenizer, id: number): boolean {
  const added = (json['added_tokens'] ?? []) as readonly { readonly id: number; readonly special?: boolean }[];
  return id !== endOfTextId && added.some((token) => token.id === id && token.special === true);
}

function refuse({ folder, vocabSize, process, family }: NetworkVocabulary, tokenizer: Tokenizer): never {
  const words = wordsOf(tokenizer);
  if (vocabSize !== words && vocabSize !== words + 1)
    throw new InputError(
      `The model in ${folder} has a vocabulary of ${vocabSize} tokens, the tokenizer one of ${words}, with a mask ${words + 1}; they must be the same.`,
    );
  const [found, wanted] = isMasked(process) ? ['no', 'needs one'] : ['a', `has none (${words} tokens)`];
  throw new InputError(
    `The model in ${folder} has ${vocabSize} tokens and ${found} mask, and ${family} with ${process.kind} noise ${wanted}; set the family that it was trained with (--preset, or family in the configuration).`,
  );
}

/** The tokenizer in which a network of so many entries has its mask, or none: its last entry is then behind the network's. */
function resized(tokenizer: Tokenizer, size: number, maskId: number, folder: string): Tokenizer {
  const { padId, endOfTextId, byteLength } = tokenizer;
  // Ids that the tokenizer does not know are U+FFFD to it.
  const own = (id: number) => (id === maskId ? tokenizer.maskId : id === tokenizer.maskId ? tokenizer.vocabSize : id);
  return {
    ...tokenizer,
    vocabSize: maskId + 1,
    maskId,
    padId: padId !== undefined && padId < Math.min(size, maskId) ? padId : endOfTextId,
    encode(text) {
      const ids = tokenizer.encode(text);
      const stray = ids.find((id) => id >= size || id === maskId);
      if (stray === undefined) return ids;
      throw new InputError(
        `The text holds ${JSON.stringify(tokenizer.decode([stray]))}, token ${stray}, which the model in ${folder} does not have; remove it.`,
      );
    },
    decode: (ids) => tokenizer.decode(Array.from(ids, own)),
    ...(byteLength ? { byteLength: (ids: ArrayLike<number>) => byteLength(Array.from(ids, own)) } : {}),
  };
}

/** Masked networks have their mask where the tokenizer has it, else last: behind its tokens, or at one that no text holds. */
function fitMasked(tokenizer: Tokenizer, network: NetworkVocabulary): Tokenizer {
  const { vocabSize, folder } = network;
  if (vocabSize === tokenizer.vocabSize) return tokenizer;
  const words = wordsOf(tokenizer);
  const last = vocabSize - 1;
  const isFree = vocabSize === words + 1 || (vocabSize === words && isUnwritten(tokenizer, last));
  return isFree ? resized(tokenizer, vocabSize, last, folder) : refuse(network, tokenizer);
}

/** Networks without a mask have all of the tokenizer's tokens, and may have more, or lack a last one that no text holds. */
function fitUniform(tokenizer: Tokenizer, network: NetworkVocabulary): Tokenizer {
  const { vocabSize, folder } = network;
  const unused = vocabSize - wordsOf(tokenizer);
  if (unused === 0) return tokenizer;
  const isPadded = unused > 0 && unused <= MOST_UNUSED && ['hugging-face', 'gpt2'].includes(tokenizer.spec.name);
  const lacksOne = unused === -1 && isUnwritten(tokenizer, vocabSize);
  return isPadded || lacksOne ? resized(tokenizer, vocabSize, vocabSize, folder) : refuse(network, tokenizer);
}

/**
 * A tokenizer with the vocabulary of a network, whose size decides: published uniform models count GPT-2's padding as a token
 * (50258), masked ones have their mask there, and no one tokenizer file serves both.
 * @throws InputError if they do not go together
 * Source: the Duo repository, `dataloader.py` and `trainer_base.py`.
 */
export function fitTokenizer(tokenizer: Tokenizer, network: NetworkVocabulary): FittedTokenizer {
  const fitted = isMasked(network.process) ? fitMasked(tokenizer, network) : fitUniform(tokenizer, network);
  const unused = isMasked(network.process) ? 0 : network.vocabSize - wordsOf(tokenizer);
  return {
    tokenizer: fitted,
    assumed:
      unused > 1
        ? [
            `The model in ${network.folder} has ${unused} tokens more than its tokenizer; they are taken to be padding, and written as U+FFFD.`,
          ]
        : [],
  };
}
