import { byteVocabulary, wordVocabulary } from '../../test/vocabularies';
import type { CorpusDocument } from '../corpora/document';
import { type Encoded, encodeRows, encodeTexts } from '../corpora/encoded';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { huggingFaceTokenizer } from '../tokenizers/hugging-face';
import { tokenizers } from '../tokenizers/registry';
import { encodeOrder } from './encode-order';
import { encodeInThreads, encodesInThreads } from './encoding-threads';
import { answered, failureIn } from './messages';
import { InputError } from '../errors';

const gather = async (some: AsyncIterable<readonly Encoded[]>) => {
  const found: Encoded[] = [];
  for await (const one of some) found.push(...one);
  return found;
};
const plain = (encoded: readonly Encoded[]) => encoded.map(({ ids, ...rest }) => ({ ids: [...ids], ...rest }));
const bytes = byteVocabulary(
  ['<|endoftext|>'],
  [
    ['t', 'h'],
    ['th', 'e'],
  ],
);

it('vocabularies of the Hugging Face format are encoded in threads, unless letters join what stands before', async () => {
  const text = async function* () {
    yield 'the sea the sea';
  };
  const learned = await tokenizers.create({ name: 'bpe', options: { vocabSize: 258 } }, { texts: text });
  expect([bytes, wordVocabulary(['a']), learned].map(encodesInThreads)).toEqual([true, true, true]);
  const { json, config } = bytes;
  const ofLetters = huggingFaceTokenizer(json, config, 'letters');
  const own = [ofLetters, byteTokenizer(), characterTokenizer(LETTERS, 'letters')];
  expect(own.map(encodesInThreads)).toEqual([false, false, false]);
});

describe('encodeInThreads', () => {
  // A thread reads the sources anew, which takes a second.
  const threads = { threads: 1, isRows: false };

  it('gives the ids of texts in their order, long ones in parts, as one thread does', async () => {
    const documents = Array.from({ length: 300 }, (_, i) => `the ${'sea '.repeat((i * 37) % 90)}${i} déjà 😀`);
    documents[7] = 'the whale éàü鯨 '.repeat(30_000);
    documents[9] = '';
    const found = await gather(encodeInThreads(documents, bytes, { threads: 2, isRows: false }));
    expect(plain(found)).toEqual(plain(await gather(encodeTexts(documents, bytes))));
    expect(found.filter(({ isContinued }) => isContinued).length).toBeGreaterThan(0);
  });

  it('gives rows with their prompts, and what is set behind these', async () => {
    const documents: CorpusDocument[] = Array.from({ length: 50 }, (_, i) => ({
      ...(i % 3 ? { prompt: i % 2 ? `the ${i}` : '' } : { prompt: `${i}=` }),
      text: `sea ${i}`,
    }));
    for (const promptSeparator of [null, ' -> ']) {
      const found = encodeInThreads(documents, bytes, { threads: 1, isRows: true, promptSeparator });
      expect(plain(await gather(found))).toEqual(plain(await gather(encodeRows(documents, bytes, promptSeparator))));
    }
  });

  it('gives nothing of nothing', async () => {
    expect(await gather(encodeInThreads([], bytes, threads))).toEqual([]);
  });

  it('tells what a vocabulary cannot say when its turn comes, as an error of the input', async () => {
    const { json } = wordVocabulary(['the', 'sea']);
    const model = { ...(json['model'] as object), unk_token: null };
    const tokenizer = huggingFaceTokenizer({ ...json, model });
    const documents = [...Array<string>(40_000).fill('the sea'), 'the\nwhale'];
    const found: number[] = [];
    const reading = (async () => {
      for await (const some of encodeInThreads(documents, tokenizer, threads)) found.push(some.length);
    })();
    await expect(reading).rejects.toThrow(
      'The tokenizer has no token for "whale", which stands in line 2; take a tokenizer that has it, or change the text.',
    );
    await expect(reading).rejects.toBeInstanceOf(InputError);
    expect(found.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(30_000);
  });

  it('stops its threads where its reader stops, or its documents end in an error', async () => {
    for await (const some of encodeInThreads(Array<string>(50_000).fill('the'), bytes, threads)) {
      expect(some.length).toBeGreaterThan(0);
      break;
    }
    async function* failing() {
      yield 'the';
      throw new Error('the disk is gone');
    }
    await expect(gather(encodeInThreads(failing(), bytes, threads))).rejects.toThrow('the disk is gone');
  });

  it('refuses a token that a fitted tokenizer lacks, which its files have', async () => {
    const fitted = {
      ...bytes,
      vocabSize: 257,
      encode: () => {
        throw new InputError('The model has no "the".');
      },
    };
    await expect(gather(encodeInThreads(['a', 'the'], fitted, threads))).rejects.toThrow('The model has no "the".');
    expect(await gather(encodeInThreads(['a'], fitted, threads))).toHaveLength(1);
  });
});

describe('messages', () => {
  it('carry ids one behind the other, with how many are whose, and how many of these are prompts', () => {
    const order = encodeOrder({ texts: ['ab', '', 'c'] }, byteTokenizer());
    expect([[...order.ids], [...order.counts], order.prompts]).toEqual([[97, 98, 99], [2, 0, 1], undefined]);
    const rows = encodeOrder({ texts: ['b', 'c'], prompts: ['a', ''] }, byteTokenizer(), '-');
    expect([[...rows.ids], [...rows.counts], [...rows.prompts!]]).toEqual([
      [97, 45, 98, 99],
      [3, 1],
      [2, 0],
    ]);
    expect(encodeOrder({ texts: [] }, byteTokenizer()).ids).toHaveLength(0);
  });

  it('carry errors as what they are', () => {
    const order = encodeOrder({ texts: ['a'] }, byteTokenizer());
    expect(answered(order)).toBe(order);
    expect(() => answered(failureIn(new InputError('no token')))).toThrow(InputError);
    const fault = () => answered(failureIn(new TypeError('a fault')));
    expect(fault).toThrow('a fault');
    expect(fault).not.toThrow(InputError);
  });
});
