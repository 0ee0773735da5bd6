import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceCheck, demand, isInputError } from '@idlm/core-diffusion/choices';
import { lostCharacters, normalise } from '../normalise';
import { loadTokenizer, saveTokenizer } from '../tokenizers/folder';
import { MASK_TEXT, type Tokenizer } from '../tokenizers/tokenizer';

/** What the suite is run on. */
export interface TokenizerConformanceOptions {
  /** Texts that the vocabulary can say, one with several tokens among them. */
  readonly texts: readonly string[];
  /**
   * Whether texts come back as they are once they are normalised (default true). Vocabularies that mend spaces or have an unknown
   * word say false; then a text that came back must have the ids that it came back from.
   */
  readonly lossless?: boolean;
}

/** A tokenizer under check. */
interface Subject extends Required<TokenizerConformanceOptions> {
  readonly tokenizer: Tokenizer;
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
const isSame = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((id, i) => id === b[i]);

/** Special tokens by what they are called; those that the vocabulary has not are absent. */
const specialIds = ({ maskId, padId, endOfTextId, beginId, unknownId }: Tokenizer): [name: string, id: number][] =>
  Object.entries({ maskId, padId, endOfTextId, beginId, unknownId }).flatMap(([name, id]): [string, number][] =>
    id === undefined ? [] : [[name, id]],
  );

/** The ids of a text, or undefined where the tokenizer refuses it. @throws whatever is no refusal */
function idsOrRefusal({ encode }: Tokenizer, text: string): Int32Array | undefined {
  try {
    return encode(text);
  } catch (error) {
    if (isInputError(error)) return undefined;
    throw new Error(`a text that cannot be said must be refused with an InputError; ${String(error)} was thrown`);
  }
}

function vocabulary({ tokenizer }: Subject): void {
  const { vocabSize, separator, maskId } = tokenizer;
  demand(Number.isInteger(vocabSize) && vocabSize > 1, `vocabSize is ${vocabSize}`);
  for (const [name, id] of [...specialIds(tokenizer), ...Array.from(separator, (one) => ['separator', one] as const)])
    demand(
      Number.isInteger(id) && id >= 0 && id < vocabSize,
      `${name} is ${id}, and ids go from 0 to ${vocabSize - 1}`,
    );
  const other = specialIds(tokenizer).find(([name, id]) => name !== 'maskId' && id === maskId);
  demand(other === undefined, `${other?.[0]} is the mask, ${maskId}, too`);
  demand(!separator.includes(maskId), 'the separator holds the mask');
}

/** Texts that vocabularies are not made for. */
const FOREIGN = ['[MASK] [BOS] <mask>', MASK_TEXT, '\u{1F600} é\u0301', 'a\tb\n\nc', '\uD800', '55+66=121'];

function ids({ tokenizer, texts }: Subject): void {
  const { vocabSize, maskId, beginId, endOfTextId } = tokenizer;
  for (const text of [...texts, ...FOREIGN]) {
    const found = idsOrRefusal(tokenizer, text);
    demand(found === undefined || found instanceof Int32Array, `encode(${shown(text)}) gives no Int32Array`);
    const wrong = found?.find((id) => id < 0 || id >= vocabSize);
    demand(wrong === undefined, `${shown(text)} has the id ${wrong}, and ids go from 0 to ${vocabSize - 1}`);
    demand(!found?.includes(maskId), `${shown(text)} is encoded with the mask, which no text holds`);
    // Other special tokens of a hub vocabulary are found where a text spells them.
    const isBegun =
      texts.includes(text) && beginId !== undefined && beginId !== endOfTextId && found?.includes(beginId);
    demand(!isBegun, `${shown(text)} is encoded with the beginning, which stands before texts and not in them`);
  }
}

function refusals({ tokenizer, texts }: Subject): void {
  for (const text of texts) demand(idsOrRefusal(tokenizer, text) !== undefined, `${shown(text)} is refused`);
  const most = Math.max(...texts.map((text) => tokenizer.encode(text).length));
  demand(most > 1, 'none of the texts has several tokens, so that nothing could be seen of them');
  const before = tokenizer.encode(texts[0]!);
  FOREIGN.forEach((text) => idsOrRefusal(tokenizer, text));
  demand(isSame(tokenizer.encode(texts[0]!), before), `${shown(texts[0]!)} has other ids after other texts`);
}

function roundTrip({ tokenizer, texts, lossless }: Subject): void {
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    const back = tokenizer.decode(ids);
    const plain = normalise(text, tokenizer.normalise);
    if (lossless) demand(back === plain, `${shown(plain)} comes back as ${shown(back)}`);
    demand(isSame(tokenizer.encode(back), ids), `${shown(back)}, which came back of ids, has others`);
  }
  demand(tokenizer.decode(tokenizer.encode('')) === '', 'an empty text comes back as one');
}

function normalisation({ tokenizer, texts }: Subject): void {
  for (const text of texts) {
    const plain = normalise(text, tokenizer.normalise);
    demand(
      isSame(tokenizer.encode(text), tokenizer.encode(plain)),
      `${shown(text)} has other ids than ${shown(plain)}, to which ${tokenizer.normalise} simplifies it`,
    );
  }
  for (const text of [...texts, ...FOREIGN]) {
    const [found, expected] = [tokenizer.lost(text), lostCharacters(text, tokenizer.normalise)];
    demand(found === expected, `lost(${shown(text)}) is ${found}; the normalisation loses ${expected}`);
  }
}

function specialTokens({ tokenizer, texts }: Subject): void {
  const { maskId, vocabSize } = tokenizer;
  const mask = tokenizer.decode([maskId]);
  demand(mask.trim() === MASK_TEXT, `a mask is shown as ${shown(mask)}, and not as ${MASK_TEXT}`);
  const beyond = tokenizer.decode([vocabSize]);
  demand(
    beyond.trim() === '\uFFFD',
    `an id that the vocabulary has not is shown as ${shown(beyond)}, and not as U+FFFD`,
  );
  const among = tokenizer.decode([...tokenizer.encode(texts[0]!), maskId]);
  demand(among.includes(MASK_TEXT), `a mask behind a text is not shown: ${shown(among)}`);
}

/** Ids in an array of any kind and of many a corpus's size: models hand on parts of typed arrays and plain lists. */
function manyIds({ tokenizer, texts }: Subject): void {
  const ids = tokenizer.encode(texts[0]!);
  const expected = tokenizer.decode(ids);
  demand(tokenizer.decode(Array.from(ids)) === expected, 'a plain list of ids is decoded otherwise than an Int32Array');
  const padded = Int32Array.from([0, ...ids, 0]);
  demand(tokenizer.decode(padded.subarray(1, -1)) === expected, 'a part of an array is decoded otherwise');
  const many = Int32Array.from({ length: 150_000 }, (_, i) => ids[i % ids.length]!);
  const [long, half] = [tokenizer.decode(many).length, tokenizer.decode(many.subarray(0, 75_000)).length];
  demand(long > 1.9 * half, `150,000 ids come back as ${long} characters, and half of them as ${half}`);
}

async function saving({ tokenizer, texts }: Subject): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  try {
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    const facts = ({ spec, vocabSize, normalise: kind, separator, addedMask, spaceLeads = false, ...one }: Tokenizer) =>
      JSON.stringify([
        spec.name,
        spec.options ?? {},
        vocabSize,
        kind,
        [...separator],
        addedMask,
        spaceLeads,
        specialIds({ ...one } as Tokenizer),
      ]);
    demand(facts(loaded) === facts(tokenizer), `a folder gives ${facts(loaded)} back of ${facts(tokenizer)}`);
    for (const text of texts) {
      const ids = tokenizer.encode(text);
      demand(isSame(loaded.encode(text), ids), `${shown(text)} has other ids after the tokenizer was saved and loaded`);
      demand(
        loaded.decode(ids) === tokenizer.decode(ids),
        `${shown(text)} is decoded otherwise after saving and loading`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const CHECKS: readonly (readonly [name: string, run: (subject: Subject) => void | Promise<void>])[] = [
  ['has a mask and special tokens among its ids', vocabulary],
  ['says texts in its ids, and never in its mask', ids],
  ['says what it can and refuses what it cannot, whatever came before', refusals],
  ['gives texts back as they are once normalised', roundTrip],
  ['normalises before it encodes, and counts what that loses', normalisation],
  ['shows masks and unknown ids in a text', specialTokens],
  ['takes ids in any array, and many of them', manyIds],
  ['is saved and loaded with the same ids', saving],
];

/**
 * The promises of a tokenizer, to be run by any test runner. Its type must be registered (`tokenizers.register`), since a model
 * has to find it again.
 * @param make the tokenizer; called for each check
 * @example
 * ```ts
 * import { byteTokenizer } from '@idlm/data';
 * import { tokenizerConformance } from '@idlm/data/conformance';
 *
 * const checks = tokenizerConformance(() => byteTokenizer(), { texts: ['Call me Ishmael.'] });
 * for (const { run } of checks) await run(); // each rejects with what is wrong
 * console.log(checks.length); // → 8
 * ```
 */
export const tokenizerConformance = (
  make: () => Tokenizer | Promise<Tokenizer>,
  { texts, lossless = true }: TokenizerConformanceOptions,
): readonly ConformanceCheck[] =>
  CHECKS.map(([name, run]) => ({ name, run: async () => run({ tokenizer: await make(), texts, lossless }) }));
