import { LETTERS, byteTokenizer, characterTokenizer } from '@idlm/data';
import fc from 'fast-check';
import { type Reading, readText } from './read-text';

const tokenizer = characterTokenizer(LETTERS, 'letters');
const bytes = byteTokenizer();
const endOfTextId = tokenizer.encode('z')[0]!;

const region = (from: number, to: number, isOpenEnded = true) => ({ from, to, isOpenEnded, holes: [] });
const reading = (over: Partial<Reading>): Reading => ({ tokenizer, region: region(0, 8), stop: [], ...over });
const ids = (text: string) => Int32Array.from(text, (letter) => LETTERS.indexOf(letter));

it('says why a text ends', () => {
  const read = (text: string, settled: number, over: Partial<Reading> = {}) =>
    readText(ids(text), settled, reading(over));
  expect(read('the seas', 8)).toEqual({ text: 'the seas', tokens: 8, finishReason: 'length' });
  expect(read('the sea ', 8, { padId: 0 })).toEqual({ text: 'the sea', tokens: 7, finishReason: 'stop' });
  expect(read('the sea ', 8)).toEqual({ text: 'the sea ', tokens: 8, finishReason: 'length' });
  expect(read('        ', 8, { padId: 0 })).toEqual({ text: '', tokens: 0, finishReason: 'stop' });
  expect(read('sea zxyx', 5, { tokenizer: { ...tokenizer, endOfTextId } })).toEqual({
    text: 'sea ',
    tokens: 4,
    finishReason: 'stop',
  });
  expect(read('the seas', 8, { stop: ['sea', 'he'] })).toEqual({ text: 't', tokens: 8, finishReason: 'stop' });
});

it('reads behind a prompt, and before what stands behind', () => {
  const between = { region: region(4, 6, false), padId: 0, stop: [] };
  expect(readText(ids('the s as'), 8, reading(between))).toEqual({ text: 's ', tokens: 2, finishReason: 'stop' });
  expect(readText(ids('the s as'), 4, reading(between))).toEqual({ text: '', tokens: 0 });
});

it('holds back what may turn out otherwise', () => {
  const read = (settled: number) => readText(ids('a  stop '), settled, reading({ padId: 0, stop: ['top'] })).text;
  expect([1, 2, 3, 4, 5, 6, 7].map(read)).toEqual(['a', 'a', 'a', 'a  s', 'a  s', 'a  s', 'a  s']);
  const euro = bytes.encode('a€b');
  const cut = (settled: number) => readText(euro, settled, reading({ tokenizer: bytes, region: region(0, 5) })).text;
  expect([1, 2, 3, 4, 5].map(cut)).toEqual(['a', 'a', 'a', 'a€', 'a€b']);
});

it('never takes back what it told', () => {
  const letters = fc.constantFrom(...' abz');
  const texts = fc.array(letters, { minLength: 12, maxLength: 12 }).map((list) => list.join(''));
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.constantFrom('ab', 'aab', 'ba ', 'b'), { maxLength: 2 }),
      fc.boolean(),
      (text, stop, hasEnd) => {
        const one = reading({
          tokenizer: hasEnd ? { ...tokenizer, endOfTextId } : tokenizer,
          ...{ padId: 0, stop, region: region(2, 12) },
        });
        const reads = Array.from({ length: 13 }, (_, settled) => readText(ids(text), settled, one));
        const last = reads.at(-1)!;

        // What was written, up to the end of the text where there is one, less what fills it up, and before the first stop.
        const [whole] = hasEnd ? text.slice(2).split('z') : [text.slice(2)];
        const trimmed = whole!.replace(/ +$/, '');
        const ends = stop.map((one) => trimmed.indexOf(one)).filter((at) => at >= 0);
        expect(last.text).toBe(trimmed.slice(0, Math.min(...ends, trimmed.length)));
        expect(last.finishReason).toBe(trimmed.length < 10 || ends.length ? 'stop' : 'length');
        for (const { text: told, finishReason } of reads) {
          expect(last.text.startsWith(told)).toBe(true);
          if (finishReason) expect(told).toBe(last.text);
        }
      },
    ),
  );
});
