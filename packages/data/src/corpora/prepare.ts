import { requireOneOf } from '../choices';
import { InputError } from '../errors';
import { requireNormalisation } from '../normalise';
import type { Tokenizer } from '../tokenizers/tokenizer';
import type { CorpusFacts } from './facts';
import { LAY_OUT, type LaidOut } from './layouts';
import { corpusNotes } from './notes';
import { LAYOUTS, type PrepareOptions, type PreparedCorpus } from './prepared';
import type { ReadingCounts } from './read';
import { type Reading, explained, findTokenizer, readOnce } from './reading';

/** @throws InputError for values that there are not, and settings that say nothing together */
function checkOptions({ layout, length, normalise, separator, windowEnds, rowStart }: PrepareOptions): void {
  requireOneOf('The layout of a corpus', layout, LAYOUTS);
  if (normalise !== undefined) requireNormalisation(normalise);
  if (!Number.isSafeInteger(length) || length < 1)
    throw new InputError(`The length of a sequence is a whole number of at least 1; ${length} was given.`);
  if (layout === 'packed') {
    if (typeof rowStart !== 'number') return;
    throw new InputError(
      'The model was trained on rows, each a text of its own; set data.layout to "rows" for text that it is used with.',
    );
  }
  if ((separator ?? null) !== null)
    throw new InputError(
      'data.separator stands between packed documents, and rows have nothing between them; leave it out.',
    );
  if (windowEnds)
    throw new InputError('data.windowEnds is for packed windows; rows begin and end with their text. Leave it out.');
}

/** Sequences of held-out text that are kept as batches, int32, beside their tokens: more than any evaluation draws. */
const MOST_HELD_OUT = 1 << 17;

/** A value that is made when it is first asked for. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Reads rows as text. */
const decoderOf =
  (tokenizer: Tokenizer, rowStart: number | undefined): PreparedCorpus['decode'] =>
  (ids) =>
    tokenizer.decode(ids.length > 0 && ids[0] === rowStart ? Array.prototype.slice.call(ids, 1) : ids);

/** How often a token stands among others. */
function countOf(id: number | undefined, tokens: ArrayLike<number>): number {
  let count = 0;
  if (id !== undefined) for (let i = 0; i < tokens.length; i++) if (tokens[i] === id) count++;
  return count;
}

/** What there is to say of it, and what is made when it is asked for. */
function describe(options: PrepareOptions, laidOut: LaidOut, { counts, lost }: Reading): PreparedCorpus {
  const { tokenizer, packed, padId, rowStart, isPrompted, heldOutIsTraining, separator, left } = laidOut;
  const { takeHeldOut, takeTraining, findWords, loader } = laidOut;
  const { files } = options.source;
  const { train, heldOut, hash } = packed;
  const { emptied, tooLong, emptiedPrompts } = left;
  const facts: CorpusFacts = {
    documents: counts.documents,
    characters: counts.characters,
    lostCharacters: lost(),
    unknownTokens: countOf(tokenizer.unknownId, train) + countOf(tokenizer.unknownId, heldOut),
    leftOut: { empty: counts.empty, emptied, tooLong },
    tokens: train.length + heldOut.length,
    trainTokens: train.length,
    heldOutTokens: heldOut.length,
    ...(separator === undefined ? {} : { separator }),
    ...(files ? { files: files.files.map(({ path }) => path) } : {}),
    heldOutIsTraining,
    hash,
  };
  const [held, words] = [once(() => takeHeldOut(MOST_HELD_OUT)), once(findWords)];
  return {
    tokenizer,
    packed,
    ...(padId === undefined ? {} : { padId }),
    ...(rowStart === undefined ? {} : { rowStart }),
    isPrompted,
    decode: decoderOf(tokenizer, rowStart),
    takeTraining,
    get heldOut() {
      return held();
    },
    takeHeldOut,
    get words() {
      return words();
    },
    notes: corpusNotes(facts, tokenizer, { counts, files, length: options.length, emptiedPrompts }),
    facts,
    loader,
  };
}

/**
 * Reads, encodes and splits a corpus. Documents are streamed: memory holds the ids, one to four bytes each, and no second copy
 * of the text.
 * @throws InputError if the text is missing, empty, too short, has characters that the tokenizer lacks, or settings do not go
 * together
 * @example
 * ```ts
 * import { randomStream } from '@idlm/core-diffusion';
 * import { corpusOf, prepareCorpus } from '@idlm/data';
 *
 * const source = corpusOf(['true places never are. '.repeat(100)]);
 * const corpus = await prepareCorpus({ source, normalise: 'letters', layout: 'packed', length: 16 });
 * const { ids } = corpus.loader({ length: 16, batch: 4, random: randomStream(1) }).at(0); // [4 · 16]
 * console.log(corpus.tokenizer.decode(ids.subarray(0, 16))); // → laces never are
 * ```
 */
export async function prepareCorpus(options: PrepareOptions): Promise<PreparedCorpus> {
  checkOptions(options);
  const { onProgress, layout } = options;
  // Whoever makes a tokenizer for the text reads it once, or not at all.
  let [before, readings] = [0, 2];
  const report = ({ bytes, totalBytes }: ReadingCounts) =>
    onProgress?.({ bytes: before + bytes, total: readings * totalBytes });
  let isRead = false;
  const tokenizer = await findTokenizer(options, (counts) => {
    isRead = true;
    report(counts);
  });
  const reading = readOnce(options, tokenizer, report);
  if (isRead) before = reading.counts.totalBytes;
  else readings = 1;
  const laidOut = await LAY_OUT[layout](options, tokenizer, reading).catch((error) => {
    throw explained(error, tokenizer, reading);
  });
  return describe(options, laidOut, reading);
}
