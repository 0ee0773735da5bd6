import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteTokenizer } from '@idlm/data';
import type { Communicator } from '@idlm/core-diffusion/ranks';
import { createTerminal } from '../terminal';
import { requireRanks } from '../program/shared';
import { givenTexts } from './given-texts';
import { type Writing, writeBatch } from './sampled-texts';
import { numberOf, wholeNumber } from './shared';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'given-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const tokenizer = byteTokenizer('none');
const model = { tokenizer, prompting: undefined };

describe('givenTexts', () => {
  it('is one empty text where nothing is given', async () => {
    const [only, ...others] = await givenTexts({}, null, model);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ text: '', clamp: new Int32Array(0) });
  });

  it('is a prompt, each prompt of a file, or a template', async () => {
    expect(await givenTexts({ prompt: 'ab' }, null, model)).toMatchObject([
      { text: 'ab', clamp: Int32Array.of(97, 98) },
    ]);
    writeFileSync(join(folder, 'prompts.txt'), 'a\nbc\n');
    const several = await givenTexts({ prompts: join(folder, 'prompts.txt') }, null, model);
    expect(several.map(({ text }) => text)).toEqual(['a', 'bc']);
    expect(await givenTexts({ template: 'a_' }, null, model)).toMatchObject([{ clamp: Int32Array.of(97, -1) }]);
  });

  it('reads the prompts of JSON lines from the field that is named, else from that which the model had', async () => {
    const path = join(folder, 'prompts.jsonl');
    writeFileSync(path, '{"q": "1", "prompt": "2", "ask": "3"}\n');
    const ask = async (field: string | null, prompting?: { field: string; separator: null; isBegun: false }) =>
      (await givenTexts({ prompts: path }, field, { tokenizer, prompting }))[0]!.text;
    expect(await ask(null)).toBe('2');
    expect(await ask('q')).toBe('1');
    expect(await ask(null, { field: 'ask', separator: null, isBegun: false })).toBe('3');
  });

  it('refuses several ways of saying it', async () =>
    expect(givenTexts({ prompt: '', template: '_', infill: '' }, null, model)).rejects.toThrow(
      '--prompt and --template and --infill were given; give one of them.',
    ));
});

/** Texts as they are printed, by a writer that writes these. */
async function printed(
  texts: readonly string[],
  more: Partial<Writing> = {},
  options: { readonly json?: boolean; readonly frames?: boolean } = {},
) {
  let out = '';
  const sink = (write: (text: string) => void) => ({ isTTY: false, columns: 80, write });
  const terminal = createTerminal({
    ...{ stdout: sink((text) => (out += text)), stderr: sink(() => {}), environment: {}, json: options.json },
  });
  const length = 4;
  const tokens = Int32Array.from(texts.flatMap((text) => Array.from({ length }, (_, i) => text.charCodeAt(i) || 32)));
  const writer = {
    steps: () => 3,
    writeAll: async () => ({ tokens, networkCalls: 2 }),
    async *write() {
      yield { step: 1, t: 0.5, tokens, networkCalls: 1 };
      yield { step: 2, t: 0, tokens, networkCalls: 2 };
    },
  } as unknown as Writing['writer'];
  const writing: Writing = {
    ...{ writer, tokenizer, length, terminal, isTemplate: false, numbered: false, by: { model: 'm' } },
    given: () => ({ text: '', clamp: new Int32Array(0) }),
    ...more,
  };
  const request = { batch: texts.length, firstRow: 5 } as unknown as Parameters<typeof writeBatch>[1];
  await writeBatch(writing, request, options.frames ?? false);
  return out;
}

describe('writeBatch', () => {
  it('prints a text a line, without the spaces that fill it up', async () => {
    expect(await printed(['ab', 'a\nb'])).toBe('ab\na\\nb\n');
    expect(await printed(['ab', 'cd'], { numbered: true })).toBe('5: ab\n6: cd\n');
  });

  it('prints texts as they are before a separator', async () =>
    expect(await printed(['a\nb', 'cd'], { separator: '---' })).toBe('a\nb ---\ncd  ---\n'));

  it('prints a text after every step where frames are asked for', async () =>
    expect(await printed(['ab'], {}, { frames: true })).toBe('ab\nab\n'));

  it('tells what was given and what was written as JSON, without the spaces that fill a row up', async () => {
    const clamp = Int32Array.of(97);
    const json = async (more: Partial<Writing>) => JSON.parse(await printed(['ab'], more, { json: true })) as unknown;
    const numbers = { sample: 5, model: 'm', steps: 3, networkCalls: 2 };
    expect(await json({})).toEqual({ ...numbers, text: 'ab' });
    const prompted = { ...numbers, prompt: 'A', completion: 'b', text: 'ab' };
    expect(await json({ given: () => ({ text: 'A', clamp }) })).toEqual(prompted);
    const template = { given: () => ({ text: 'a_', clamp }), isTemplate: true };
    expect(await json(template)).toEqual({ ...numbers, template: 'a_', text: 'ab' });
    const spaced = { given: () => ({ text: 'ab ', clamp: Int32Array.of(97, 98, 32) }) };
    expect(await json(spaced)).toEqual({ ...numbers, prompt: 'ab ', completion: '', text: 'ab' });
  });
});

describe('numbers of flags', () => {
  it.each([
    ['0', 0, 0],
    [' 12 ', 1, 12],
    [String(Number.MAX_SAFE_INTEGER), 1, Number.MAX_SAFE_INTEGER],
  ])('%j is whole, at least %d', (text, least, value) => expect(wholeNumber('--n', text, least)).toBe(value));

  it.each(['', ' ', '1.5', '-1', '1e3', '0x10', '9007199254740992', 'many'])('%j is not', (text) =>
    expect(() => wholeNumber('--n', text)).toThrow(
      `--n takes a whole number, at least 1; ${JSON.stringify(text)} was given.`,
    ),
  );

  it('any finite number is one, as small as it may be', () => {
    expect([numberOf('--x', '0.5', 0), numberOf('--x', '1e-3', 0), numberOf('--x', ' 2 ', 2)]).toEqual([0.5, 1e-3, 2]);
    for (const text of ['', ' ', 'NaN', 'Infinity', '-0.1', '1,5'])
      expect(() => numberOf('--x', text, 0)).toThrow(
        `--x takes a number, at least 0; ${JSON.stringify(text)} was given.`,
      );
  });
});

it('several ranks run some commands alone', () => {
  const ranks = { size: 3 } as unknown as Communicator;
  const run = (more: object) => more as unknown as Parameters<typeof requireRanks>[0];
  for (const command of ['train', 'distill', 'eval', 'sample', 'doctor']) requireRanks(run({ ranks }), command);
  requireRanks(run({}), 'compare');
  expect(() => requireRanks(run({ ranks }), 'compare')).toThrow(
    '"idlm compare" is run by one process, and 3 ranks were started; start it without mpirun or srun.',
  );
});
