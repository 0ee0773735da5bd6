import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomStream } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { prepare, put, useFolder } from '../../test/corpus-files';
import { byteTokenizer } from '../tokenizers/bytes';
import { LETTERS, characterTokenizer } from '../tokenizers/character';
import { huggingFaceTokenizer } from '../tokenizers/hugging-face';
import { partsOf } from './formats/text';
import { hashOf, packCorpus } from './pack';
import { prepareCorpus } from './prepare';
import type { PrepareOptions } from './prepared';
import { encodePrompt, encodePrompted } from './prompts';
import { corpusOf } from './read';
import { tokenStore } from '../tokens/token-store';

useFolder();

it.each([
  [{ layout: 'row' }, 'The layout of a corpus is one of packed, rows; "row" was given.'],
  [{ normalise: 'lower' }, 'The normalisation is one of none, lowercase, letters; "lower" was given.'],
  [{ length: 0 }, 'The length of a sequence is a whole number of at least 1; 0 was given.'],
  [{ length: 2.5 }, 'at least 1; 2.5 was given.'],
  [{ heldOut: 0.6 }, 'The held-out share lies in [0, 0.5], or is 1; 0.6 was given.'],
])('values that there are not are refused, whatever types say: %j', async (options, sentence) => {
  const source = corpusOf(['the sea the sea']);
  const all = { source, layout: 'packed', length: 2, ...(options as object) } as PrepareOptions;
  await expect(prepareCorpus(all)).rejects.toThrow(sentence);
});

it('a normalisation that there is not is refused by all tokenizers', () => {
  for (const tokenizer of [characterTokenizer(LETTERS, 'lower' as 'none'), byteTokenizer('lower' as 'none')])
    expect(() => tokenizer.encode('the sea')).toThrow('The normalisation is one of none, lowercase, letters; "lower"');
});

/** A hub vocabulary of words, with an end of texts. */
const hub = () =>
  huggingFaceTokenizer({
    ...{ version: '1.0', normalizer: null, post_processor: null, decoder: { type: 'Fuse' } },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: [{ id: 3, content: '<|endoftext|>', special: true }],
    model: { type: 'WordLevel', vocab: { '<unk>': 0, the: 1, sea: 2 }, unk_token: '<unk>' },
  });

describe('long texts', () => {
  const words = fc.array(fc.constantFrom('the', 'sea', 'é', '7', ' ', '\n', '\n\n', '  ', '😀', '.'), {
    maxLength: 60,
  });

  it('are cut into parts that together are the text, none with half a character', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 9 }), (pieces, longest) => {
        const text = pieces.join('');
        const parts = [...partsOf(text, longest)];
        expect(parts.join('')).toBe(text);
        expect(parts.every((part) => part.length <= longest && !/\p{Surrogate}/u.test(part))).toBe(true);
      }),
    );
  });

  it.each([
    ['letters', characterTokenizer(LETTERS, 'letters'), ''],
    ['bytes', byteTokenizer('lowercase'), ''],
    // Words are parted at spaces, of which there are some in any text of that kind.
    ['words of a hub vocabulary', hub(), ' '],
  ])('have the tokens of the whole where they are given in parts: %s', async (_, tokenizer, between) => {
    await fc.assert(
      fc.asyncProperty(words, fc.integer({ min: 4, max: 9 }), async (pieces, longest) => {
        const text = `the ${pieces.join(between)} sea`;
        const parts = [...partsOf(text, longest)].map((part, i) => ({ text: part, isContinued: i > 0 }));
        const [whole, cut] = [await packCorpus([text], tokenizer), await packCorpus(parts, tokenizer)];
        expect(cut.hash).toBe(whole.hash);
      }),
    );
  });

  it('have no separator within them', async () => {
    const line = 'the sea and the whale\n';
    const path = await put({ 'x.txt': line.repeat(60_000) }, 'x.txt');
    const { tokenizer, packed, facts } = await prepare(path, { separator: '#' });
    expect(facts.documents).toBe(1);
    expect(tokenizer.decode(packed.train.subarray(-line.length))).toBe(line);
    expect(packed.train.includes(tokenizer.encode('#')[0]!)).toBe(false);
    expect(facts.tokens).toBe(line.length * 60_000);
  });
});

describe('tokenStore', () => {
  it.each([
    [28, Uint8Array],
    [257, Uint16Array],
    [70_000, Int32Array],
  ])('keeps ids below %d as narrow as they go, with the hash of int32', (vocabSize, type) => {
    for (const share of [undefined, () => 0.001, () => 1]) {
      const store = tokenStore(vocabSize, share);
      const ids = Int32Array.from({ length: 200_000 }, (_, i) => (i * 7919) % vocabSize);
      for (let at = 0; at < ids.length; at += 777) store.add(ids.subarray(at, at + 777));
      const { tokens, hash } = store.finish();
      expect(tokens).toBeInstanceOf(type);
      expect([hash, hashOf(new Int32Array(tokens))]).toEqual([hashOf(ids), hashOf(ids)]);
    }
  });
});

describe('separators', () => {
  const documents = ['the sea', 'captain'];
  const packed = async (options: Partial<PrepareOptions>) => {
    const made = await prepareCorpus({
      ...{ source: corpusOf(documents), layout: 'packed', length: 4, heldOut: 0, ...options },
    });
    return made.tokenizer.decode(made.packed.train);
  };

  it('are what the vocabulary has, or what is set, encoded by the tokenizer', async () => {
    expect(await packed({ normalise: 'letters' })).toBe('the sea captain');
    expect(await packed({ normalise: 'none' })).toBe('the sea captain');
    expect(await packed({ tokenizer: byteTokenizer('letters') })).toBe('the sea captain');
    expect(await packed({ tokenizer: byteTokenizer() })).toBe('the sea\ncaptain');
    expect(await packed({ tokenizer: byteTokenizer(), separator: '' })).toBe('the seacaptain');
    expect(await packed({ normalise: 'none', separator: '\n\n' })).toBe('the sea\n\ncaptain');
    expect(await packed({ normalise: 'letters', separator: '. ' })).toBe('the sea captain');
    expect(await packed({ tokenizer: hub() })).toBe('thesea<|endoftext|><unk>');
    await expect(packed({ tokenizer: hub(), separator: '#' })).rejects.toThrow(
      'data.separator is "#", and the vocabulary',
    );
    const rows = packed({ layout: 'rows', separator: '#', length: 20 });
    await expect(rows).rejects.toThrow('data.separator stands between packed documents');
  });

  it('stand at the ends of windows where that is asked for', async () => {
    const source = corpusOf(['the sea the sea the sea the sea']);
    const made = await prepareCorpus({
      source,
      tokenizer: hub(),
      layout: 'packed',
      length: 5,
      heldOut: 0.5,
      windowEnds: true,
    });
    const { ids } = made.loader({ length: 5, batch: 4, random: randomStream(1) }).at(0);
    for (let row = 0; row < 4; row++) {
      expect([ids[row * 5], ids[row * 5 + 4]]).toEqual([3, 3]);
      expect([...ids.subarray(row * 5 + 1, row * 5 + 4)].every((id) => id === 1 || id === 2)).toBe(true);
    }
    expect([...made.heldOut.ids]).toEqual([3, 1, 2, 1, 3]);
    expect(made.facts).toMatchObject({ trainTokens: 4, heldOutTokens: 4, heldOutIsTraining: false });
    const none = prepareCorpus({ source, tokenizer: byteTokenizer(), layout: 'packed', length: 5, windowEnds: true });
    await expect(none).rejects.toThrow('data.windowEnds asks for the end of a text');
  });
});

describe('prompts', () => {
  const letters = characterTokenizer(LETTERS, 'letters');
  it.each([
    ['who is', 'a whale', 'who is a whale', 7],
    ['who is ', 'a whale', 'who is a whale', 7],
    ['who is', ' a whale', 'who is a whale', 6],
    ['55+66=', '121.', '55+66=121.', 6],
    ['what?', 'a sea', 'what? a sea', 6],
    ['\u9be8\u306f', '\u6d77', '\u9be8\u306f\u6d77', 6],
    ['', 'a sea', 'a sea', 0],
  ])('%j and %j are joined as %j', (prompt, text, joined, given) => {
    const bytes = byteTokenizer();
    const found = encodePrompted({ prompt, text }, bytes);
    expect([bytes.decode(found.ids), found.prompt]).toEqual([joined, given]);
    const simple = encodePrompted({ prompt, text }, letters);
    expect(letters.decode(simple.ids)).toBe(letters.decode(letters.encode(joined)));
  });

  it('are given as they stand in rows, and with what is set behind them', () => {
    for (const tokenizer of [letters, byteTokenizer(), hub()]) {
      const { ids, prompt } = encodePrompted({ prompt: 'the sea', text: 'the' }, tokenizer);
      expect(encodePrompt('the sea', tokenizer)).toEqual(ids.slice(0, prompt));
    }
    const bytes = byteTokenizer();
    expect(bytes.decode(encodePrompted({ prompt: 'a', text: 'b' }, bytes, ' -> ').ids)).toBe('a -> b');
    expect(bytes.decode(encodePrompted({ prompt: 'a', text: ' b' }, bytes, '').ids)).toBe('a b');
  });

  it('without a text are left out, texts without a prompt stand alone, and both are counted', async () => {
    const lines = [
      '{"q":"a","text":"x"}',
      '{"q":"b","text":""}',
      '{"q":null,"text":"y"}',
      '{"q":"7","text":"z"}',
      '{"q":"c","text":"7"}',
    ];
    const path = await put({ 'x.jsonl': lines.join('\n') }, 'x.jsonl');
    const made = await prepare(path, { promptField: 'q', layout: 'rows', length: 3, normalise: 'letters' });
    expect(made.tokenizer.decode(made.packed.train)).toBe('a xy  z  ');
    expect(made.facts.leftOut).toEqual({ empty: 1, emptied: 1, tooLong: 0 });
    expect(made.notes.slice(0, 4)).toEqual([
      '1 text is null, missing or blank, and left out.',
      '1 prompt is null, missing or blank; its text stands alone.',
      '29 % of the characters are none of the letters a-z and became spaces; data.normalise=none keeps them.',
      '1 document has no token of its own once normalised, and is left out.',
    ]);
  });
});

describe('prepareCorpus', () => {
  it('tells what normalisation takes, and names it where nothing is left', async () => {
    const cyrillic = 'Зовите меня Измаил. ';
    const path = await put({ 'x.txt': cyrillic.repeat(9), 'y.txt': `${cyrillic}the whale `.repeat(9) });
    for (const layout of ['packed', 'rows'] as const)
      await expect(prepare(join(path, 'x.txt'), { layout, normalise: 'letters' })).rejects.toThrow(
        'data.normalise=none keeps them',
      );
    const { notes, facts } = await prepare(join(path, 'y.txt'), { normalise: 'letters' });
    expect(notes[0]).toMatch(/^57 % of the characters are none of the letters a-z and became spaces/);
    expect(facts.lostCharacters / facts.characters).toBeCloseTo(17 / 30, 9);
  });

  it('tells how far it is, over all readings of the files', async () => {
    const path = await put({ 'a.txt': 'the sea', 'b.txt.gz': gzipSync('the whale') });
    const seen: number[] = [];
    let total = 0;
    await prepare(path, {
      onProgress(progress) {
        seen.push(progress.bytes);
        ({ total } = progress);
      },
    });
    expect(total).toBe(2 * (7 + gzipSync('the whale').length));
    expect(seen.at(-1)).toBe(total);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('makes batches of the beginning of very much held-out text', async () => {
    const source = corpusOf(['ab'.repeat(100_000)]);
    const { heldOut, takeHeldOut } = await prepareCorpus({
      source,
      normalise: 'none',
      layout: 'packed',
      length: 1,
      heldOut: 0,
    });
    expect([heldOut.batch, takeHeldOut(Infinity).batch]).toEqual([131_072, 200_000]);
  });

  it('finds words of much text without decoding it as a whole', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `w${i % 997}`).join(' ');
    const { words, heldOut, takeHeldOut } = await prepareCorpus({
      ...{ source: corpusOf([text]), normalise: 'none', layout: 'packed', length: 10, heldOut: 0 },
    });
    expect(words.size).toBe(997);
    expect(takeHeldOut(2).ids).toEqual(heldOut.ids.slice(0, 20));
  });
});
