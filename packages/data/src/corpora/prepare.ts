import type { Tokenizer } from '../tokenizers/tokenizer';
import { LAY_OUT, type LaidInMemory, type LaidOut } from './layouts';
import { checkOptions } from './options';
import type { MemoryCorpus, PrepareOptions, PreparedCorpus } from './prepared';
import { explained, openReading } from './reading';
import { type Counted, countOf, told } from './telling';

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

/** What a corpus in memory is, in numbers. */
function countedIn({ tokenizer, packed, heldOutIsTraining, separator, left }: LaidInMemory): Counted {
  const { train, heldOut, hash } = packed;
  const unknownTokens = countOf(tokenizer.unknownId, train) + countOf(tokenizer.unknownId, heldOut);
  const [trainTokens, heldOutTokens] = [train.length, heldOut.length];
  return { trainTokens, heldOutTokens, heldOutIsTraining, unknownTokens, separator, hash, left };
}

/** A corpus of what a layout made, with what is made when it is asked for. */
export function corpusFrom(laidOut: LaidOut, toldOf: Pick<PreparedCorpus, 'facts' | 'notes'>): PreparedCorpus {
  const { tokenizer, bytes, padId, rowStart, isPrompted, takeHeldOut, takeTraining, findWords, loader } = laidOut;
  const [held, words] = [once(() => takeHeldOut(MOST_HELD_OUT)), once(findWords)];
  return {
    tokenizer,
    bytes,
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
    ...toldOf,
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
export async function prepareCorpus(options: PrepareOptions): Promise<MemoryCorpus> {
  checkOptions(options);
  const { tokenizer, reading } = await openReading(options);
  const laidOut = await LAY_OUT[options.layout](options, tokenizer, reading).catch((error) => {
    throw explained(error, tokenizer, reading);
  });
  const corpus = corpusFrom(laidOut, told(options, tokenizer, reading, countedIn(laidOut)));
  return Object.assign(corpus, { packed: laidOut.packed, loader: laidOut.loader });
}
