import { Worker } from 'node:worker_threads';
import { workerProgram } from '@idlm/core-diffusion/node';
import { type CorpusDocument, type Documents, documentOf } from '../corpora/document';
import { type Encoded, documentParts } from '../corpora/encoded';
import { isLibraryFormat } from '../tokenizers/library-format';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { type EncodedTexts, type Order, type Reply, type ThreadData, answered, failureIn } from './messages';

/** Characters of an order. */
const SOME = 1 << 19;

/** Texts of an order. */
const MOST_TEXTS = 1 << 14;

/** A thread that encodes one order after another. */
function thread(workerData: ThreadData) {
  const { entry, execArgv } = workerProgram(import.meta.url, '..');
  const worker = new Worker(entry, { execArgv, workerData });
  const waiting: ((reply: Reply) => void)[] = [];
  let ended: Reply | undefined;
  const end = (error: Error) => {
    ended ??= failureIn(error);
    waiting.splice(0).forEach((answer) => answer(ended!));
  };
  worker.on('message', (reply: Reply) => waiting.shift()!(reply));
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`A thread that encodes text has ended (exit code ${code}).`)));
  return {
    /** Orders under way. */
    get load() {
      return waiting.length;
    },
    encode: async (order: Order): Promise<EncodedTexts> =>
      answered(
        await new Promise<Reply>((resolve) => {
          if (ended) return resolve(ended);
          waiting.push(resolve);
          worker.postMessage(order);
        }),
      ),
    end: () => worker.terminate(),
  };
}

/**
 * Whether a tokenizer can be made again in another thread, and gives the ids of a text without knowing what stands before it: those of the
 * Hugging Face format, which also are the ones that take long.
 */
export const encodesInThreads = ({ spec, normalise }: Tokenizer): boolean =>
  isLibraryFormat(spec.name) && normalise !== 'letters';

/** Documents, or parts of long ones, that make an order. */
async function* ordersOf(documents: Documents, isRows: boolean): AsyncGenerator<CorpusDocument[]> {
  let some: CorpusDocument[] = [];
  let size = 0;
  for await (const given of documents) {
    const document = documentOf(given);
    for (const part of isRows ? [document] : documentParts(document)) {
      some.push(part);
      size += part.text.length + (part.prompt?.length ?? 0);
    }
    if (size < SOME && some.length < MOST_TEXTS) continue;
    yield some;
    [some, size] = [[], 0];
  }
  if (some.length) yield some;
}

/**
 * The documents of an order with their ids. A tokenizer that was fitted to a network may lack tokens that its files hold; where one of them
 * was found, it refuses the text itself.
 */
function encodedOf(
  documents: readonly CorpusDocument[],
  { ids, counts, prompts }: EncodedTexts,
  { vocabSize, maskId, encode }: Tokenizer,
): Encoded[] {
  let at = 0;
  return documents.map(({ text, isContinued = false, prompt }, i) => {
    const own = ids.subarray(at, (at += counts[i]!));
    if (own.some((id) => id >= vocabSize || id === maskId)) encode(text);
    const given = prompt === undefined ? {} : { prompt: prompts![i]!, hasPrompt: prompt !== '' };
    return { ids: own, isContinued, ...given };
  });
}

/** How documents are encoded in threads. */
export interface ThreadOptions {
  readonly threads: number;
  /** Whether each document is a row by itself, with its prompt. */
  readonly isRows: boolean;
  readonly promptSeparator?: string | null;
}

/**
 * Encodes documents in threads of their own, some at a time, and gives them back in their order, so that the result does not depend on how
 * many there are.
 * @param tokenizer one for which `encodesInThreads`
 * @throws InputError as the tokenizer; Error if a thread ends
 */
export async function* encodeInThreads(
  documents: Documents,
  tokenizer: Tokenizer,
  { threads: count, isRows, promptSeparator }: ThreadOptions,
): AsyncGenerator<readonly Encoded[]> {
  const { json, config, normalise } = tokenizer;
  const data: ThreadData = { json: JSON.stringify(json), config, normalise, promptSeparator };
  const threads = Array.from({ length: count }, () => thread(data));
  const send = (some: readonly CorpusDocument[]) => {
    const freest = threads.reduce((best, one) => (one.load < best.load ? one : best));
    const hasPrompts = some.some(({ prompt }) => prompt !== undefined);
    const reply = freest.encode({
      texts: some.map(({ text }) => text),
      ...(hasPrompts ? { prompts: some.map(({ prompt = '' }) => prompt) } : {}),
    });
    // A failure is told when its turn comes.
    reply.catch(() => {});
    return { some, reply };
  };
  const sent: ReturnType<typeof send>[] = [];
  const first = async () => {
    const { some, reply } = sent.shift()!;
    return encodedOf(some, await reply, tokenizer);
  };
  try {
    for await (const some of ordersOf(documents, isRows)) {
      sent.push(send(some));
      if (sent.length > 2 * count) yield await first();
    }
    while (sent.length) yield await first();
  } finally {
    await Promise.all(threads.map((one) => one.end()));
  }
}
