import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LETTERS, byteTokenizer, characterTokenizer } from '@idlm/data';
import { resolveConfig } from '../config/load';
import { encodePrompt, encodeTemplate, promptingOf, readAs, readPrompts } from './prompts';

const letters = characterTokenizer(LETTERS, 'letters');
const bytes = byteTokenizer('none');
const ids = (text: string) => Array.from(text, (character) => LETTERS.indexOf(character));

describe('a prompt', () => {
  it.each([
    ['the ', 'the ', undefined],
    ['  the', ' the', ' the'],
    ['The Sea!', 'the sea ', 'the sea '],
    ['日本 sea', ' sea', ' sea'],
    ['', '', undefined],
    [' ', ' ', undefined],
  ])('%j is read as %j by a model of letters, and told where it differs', (prompt, read, told) => {
    const given = encodePrompt(prompt, letters);
    expect(Array.from(given.clamp)).toEqual(ids(read));
    expect(readAs(given, letters)).toBe(told);
  });

  it.each(['鯨', '123', ' 9 '])('is refused where nothing is left of it: %j', (prompt) => {
    expect(() => encodePrompt(prompt, letters)).toThrow(
      `The prompt ${JSON.stringify(prompt)} holds nothing that the model can read, since it was trained on text with data.normalise=letters.`,
    );
  });

  it.each([
    ['who is', null, 'who is '],
    ['55+66=', null, '55+66='],
    ['who is ', null, 'who is '],
    ['who is', ' -> ', 'who is -> '],
    ['who is', '', 'who is'],
    ['', ' -> ', ''],
  ])('%j of a model whose rows had prompts, with %j behind them, is read as %j', (prompt, separator, read) => {
    const given = encodePrompt(prompt, bytes, { field: 'q', separator, isBegun: false });
    expect(bytes.decode(given.clamp)).toBe(read);
    expect(readAs(given, bytes)).toBe(read === prompt ? undefined : read);
  });

  it('stands behind the begin of a text where rows had one, and an empty one behind nothing', () => {
    const begun = byteTokenizer('none', { beginning: true });
    const prompting = { field: 'q', separator: null, isBegun: true };
    expect([...encodePrompt('1+1=', begun, prompting).clamp]).toEqual([256, 49, 43, 49, 61]);
    expect([...encodePrompt('', begun, prompting).clamp]).toEqual([]);
    expect([...encodePrompt('1+1=', bytes, prompting).clamp]).toEqual([49, 43, 49, 61]);
  });

  it('is taken byte by byte where the vocabulary has all of it', () => {
    const given = encodePrompt('日本 [MASK]\n', bytes);
    expect(bytes.decode(given.clamp)).toBe('日本 [MASK]\n');
    expect(readAs(given, bytes)).toBeUndefined();
  });
});

describe('what windows begin with', () => {
  const begun = byteTokenizer('none', { beginning: true });

  it('stands before prompts and templates of models whose windows began with it, and before nothing else', () => {
    expect([...encodePrompt('a b', begun, { isBegun: true }).clamp]).toEqual([256, 97, 32, 98]);
    expect([...encodeTemplate('a_', begun, { isBegun: true }).clamp]).toEqual([256, 97, -1]);
    expect([...encodePrompt('a b', begun).clamp]).toEqual([97, 32, 98]);
    expect(encodePrompt('', begun, { isBegun: true }).clamp).toHaveLength(0);
    expect(promptingOf(resolveConfig({ set: { data: { windowEnds: true } } }).config)).toEqual({ isBegun: true });
    expect(promptingOf(resolveConfig({}).config)).toBeUndefined();
  });
});

describe('a template', () => {
  it('leaves one free position for each underscore, keeps the spaces beside them, and has escaped underscores', () => {
    const { clamp } = encodeTemplate('call me __ some', letters);
    expect(Array.from(clamp)).toEqual([...ids('call me '), -1, -1, ...ids(' some')]);
    const escaped = encodeTemplate('a\\_b_', bytes);
    expect(Array.from(escaped.clamp)).toEqual([97, 95, 98, -1]);
    expect(readAs(escaped, bytes)).toBeUndefined();
    expect(readAs(encodeTemplate('Call _!', letters), letters)).toBe('call _ ');
    expect(Array.from(encodeTemplate('_a', bytes).clamp)).toEqual([-1, 97]);
  });

  it('is refused without a hole, or with a text between holes that cannot be said', () => {
    expect(() => encodeTemplate('no hole', letters)).toThrow('"no hole" has none');
    expect(() => encodeTemplate('a _ 鯨 _', letters)).toThrow('The text " 鯨 " holds nothing');
  });
});

describe('a file of prompts', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prompts-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  it('has one on each line of a text, or in a field of JSON lines', async () => {
    expect(await readPrompts(await file('a.txt', '\uFEFFwho is\r\n what \n'), 'prompt')).toEqual(['who is', ' what ']);
    const lines = '{"q": "1+1="}\n"2+2="';
    expect(await readPrompts(await file('a.jsonl', lines), 'q')).toEqual(['1+1=', '2+2=']);
  });

  it.each([
    ['empty.txt', '', 'holds no prompts'],
    ['gap.txt', 'a\n\nb\n', 'Line 2 of'],
    ['cut.jsonl', '{"prompt": "a"}\n{"prom', 'Line 2 of'],
    ['other.jsonl', '{"text": "a"}\n', 'has no text in "prompt"; set data.promptField'],
    ['null.jsonl', 'null\n', 'has no text in "prompt"'],
  ])('%s is refused', async (name, text, sentence) => {
    await expect(readPrompts(await file(name, text), 'prompt')).rejects.toThrow(sentence);
  });

  it('that is not there is refused', async () => {
    await expect(readPrompts(join(folder, 'none.txt'), 'prompt')).rejects.toThrow('cannot be read');
    await expect(readPrompts(folder, 'prompt')).rejects.toThrow('cannot be read');
  });
});
