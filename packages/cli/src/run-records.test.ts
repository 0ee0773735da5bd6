import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const text = ['--set', `data.corpus=${inFolder('text.txt')}`];
  expect((await idlm('train', '--out', inFolder('run'), ...tiny, ...text)).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

/** Ways in which a file goes wrong, as what becomes of its text; null: a folder stands in its place. */
const DAMAGES: readonly (readonly [string, ((text: string) => string) | null, string])[] = [
  ['is empty', () => '', 'is empty; '],
  ['is cut short', (text) => text.slice(0, text.length / 2), 'is damaged: it is no JSON, or cut short; '],
  [
    'is nested too deep',
    () => `{"rows": ${'['.repeat(500)}${']'.repeat(500)}}`,
    'is damaged: it holds more than 500 lists and objects within one another, and is not read; ',
  ],
  ['is no JSON', () => 'a diary', 'is damaged: it is no JSON, or cut short; '],
  ['is binary', () => '\u0000\u0001\uFFFD', 'is damaged: it is no JSON, or cut short; '],
  ['is null', () => 'null', 'is JSON, but no such record of idlm ('],
  ['is a list', () => '[1]', 'is JSON, but no such record of idlm ('],
  ['is text', () => '"seed"', 'is JSON, but no such record of idlm ('],
  ['lacks all fields', () => '{}', 'is JSON, but no such record of idlm (seed: '],
  ['has a seed that is none', (text) => text.replace('"seed": 1', '"seed": "one"'), 'no such record of idlm (seed: '],
  ['is a folder', null, 'is a folder where a file should be; '],
];

describe.each(['config.resolved.json', 'manifest.json'])('%s', (name) => {
  it.each(DAMAGES)('is refused in one sentence where it %s', async (_, damage, sentence) => {
    const file = inFolder('damaged', name);
    await cp(inFolder('run'), inFolder('damaged'), { recursive: true });
    const text = await readFile(file, 'utf8');
    await rm(file);
    await (damage ? writeFile(file, damage(text)) : mkdir(file));
    for (const argv of [
      ['train', '--resume', '--out', inFolder('damaged')],
      ['distill', '--teacher', inFolder('damaged'), '--dry-run', '--out', inFolder('student')],
    ]) {
      const { code, err } = await idlm(...argv);
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`error: ${file} ${sentence.startsWith('no') ? '' : sentence}`),
      ]);
      expect(err).toContain(sentence);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    await rm(inFolder('damaged'), { recursive: true });
  });

  it('is read with a byte-order mark', async () => {
    await cp(inFolder('run'), inFolder('marked'), { recursive: true });
    const file = inFolder('marked', name);
    await writeFile(file, `\uFEFF${await readFile(file, 'utf8')}`);
    const { code, err } = await idlm('train', '--resume', '--out', inFolder('marked'));
    expect([code, err]).toEqual([0, expect.stringContaining('Already finished: 6 of 6 updates.')]);
  });
});

it('a damaged record keeps --force from what it would delete', async () => {
  await cp(inFolder('run'), inFolder('forced'), { recursive: true });
  await writeFile(inFolder('forced', 'manifest.json'), '{"role": "tea');
  const text = ['--set', `data.corpus=${inFolder('text.txt')}`];
  const { code, err } = await idlm('train', '--force', '--out', inFolder('forced'), ...tiny, ...text);
  expect([code, err]).toEqual([2, expect.stringContaining('manifest.json is damaged, so what ')]);
  expect(await readFile(inFolder('forced', 'config.resolved.json'), 'utf8')).toContain('"seed": 1');
});
