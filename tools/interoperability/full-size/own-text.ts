/** Sentences of a grammar, 300 kB: a text that nobody else has, of words that GPT-2's tokenizer knows. */
export function ownText(): string {
  const who = ['The captain', 'My neighbour', 'A small dog', 'The old printer', 'Nobody', 'Her sister', 'The river'];
  const did = ['watched', 'painted', 'remembered', 'followed', 'forgot', 'carried', 'answered'];
  const what = ['the harbour', 'a yellow door', 'three letters', 'the whole street', 'an apple', 'the last train'];
  const when = ['before breakfast', 'in the rain', 'without a word', 'every winter', 'after all', 'at the end of May'];
  let [text, n] = ['', 1];
  const pick = (words: readonly string[]): string => words[(n = (n * 48271) % 0x7fffffff) % words.length]!;
  while (text.length < 300_000) {
    const sentences = Array.from({ length: 6 }, () => `${pick(who)} ${pick(did)} ${pick(what)} ${pick(when)}.`);
    text += `${sentences.join(' ')}\n\n`;
  }
  return text;
}
