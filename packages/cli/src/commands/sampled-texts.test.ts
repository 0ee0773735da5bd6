import type { GivenText } from '@idlm/recipe/text';
import { createTerminal } from '../terminal';
import { writeBatch } from './sampled-texts';

const LETTERS = ' ab';
const idsOf = (text: string) => Int32Array.from(text, (letter) => LETTERS.indexOf(letter));

/** What is told of a text that a writer wrote, in JSON or as a line. */
async function told(text: string, { given = '', isTemplate = false, json = true, separator = '' }) {
  let out = '';
  const stdout = { isTTY: false, write: (piece: string) => ((out += piece), true) };
  const givenText: GivenText = { text: given, clamp: isTemplate ? Int32Array.of() : idsOf(given) };
  const writer = {
    steps: () => 1,
    writeAll: () => Promise.resolve({ tokens: idsOf(text), networkCalls: 1 }),
  };
  await writeBatch(
    {
      writer: writer as never,
      tokenizer: { decode: (ids: Int32Array) => Array.from(ids, (id) => LETTERS[id]).join('') } as never,
      length: text.length,
      terminal: createTerminal({ stdout: stdout as never, json }),
      given: () => givenText,
      isTemplate,
      ...(separator && { separator }),
      numbered: false,
      by: {},
    },
    { batch: 1, firstRow: 0, length: text.length },
    false,
  );
  return json ? (JSON.parse(out) as unknown) : out;
}

it('tells a text without the spaces that fill its row up', async () => {
  const found = { sample: 0, steps: 1, networkCalls: 1 };
  expect(await told(' ab  ', {})).toEqual({ ...found, text: ' ab' });
  expect(await told(' ab  ', { given: ' ', isTemplate: true })).toEqual({ ...found, template: ' ', text: ' ab' });
  expect(await told('a b  ', { given: 'a' })).toEqual({ ...found, prompt: 'a', completion: ' b', text: 'a b' });
  expect(await told('ab   ', { given: 'ab ' })).toEqual({ ...found, prompt: 'ab ', completion: '', text: 'ab' });
  expect(await told('a b  ', { json: false })).toBe('a b\n');
});

it('keeps all of a text that ends with a separator', async () =>
  expect(await told('a b  ', { json: false, separator: '|' })).toBe('a b  |\n'));
