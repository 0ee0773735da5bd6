import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage, writePage } from '@idlm/page';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'idlm-page-'));
  mkdirSync(join(folder, 'shell'));
  writeFileSync(join(folder, 'shell/index.html'), '<!doctype html>');
});
afterEach(() => rmSync(folder, { recursive: true }));

const facts = { length: 9, vocabSize: 5 } as never;
const tokenizer = { 'tokenizer.json': '{}', 'tokenizer_config.json': '{}' };
const model = (name: string, byte = 1) => ({ name, facts, tokenizer, network: new Uint8Array(3000).fill(byte) });
const write = (models: ReturnType<typeof model>[], judge?: string) =>
  writePage(join(folder, 'site'), { models, judge, shell: join(folder, 'shell') });

it('names files by what they hold, and keeps none of an earlier page', async () => {
  const { models } = await write([model('student', 1), model('teacher', 2)], 'teacher');
  expect(models[0]!.tokenizer).toEqual(models[1]!.tokenizer);
  for (const { path, bytes, sha256 } of models.map(({ network }) => network)) {
    const content = readFileSync(join(folder, 'site', path));
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256]);
  }
  const later = await write([model('student', 3)]);
  expect(JSON.parse(readFileSync(join(folder, 'site/page.json'), 'utf8'))).toEqual(later);
  const kept = [later.models[0]!.network.path, later.models[0]!.tokenizer.path].sort();
  expect(
    readdirSync(join(folder, 'site/models'))
      .map((name) => `models/${name}`)
      .sort(),
  ).toEqual(kept);
});

it.each([
  ['no model', [], undefined, 'at least one model'],
  ['a name of a path', [model('../a')], undefined, 'small letters, digits and hyphens'],
  ['two of a name', [model('a'), model('a')], undefined, 'names of their own'],
  ['a judge that is not there', [model('a')], 'b', 'no model "b"'],
])('refuses %s', async (_, models, judge, message) => {
  await expect(write(models, judge)).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual(['shell']);
});

it('leaves a folder of something else as it is', async () => {
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site/thesis.txt'), 'years');
  await expect(write([model('a')])).rejects.toThrow('holds files and no page');
  expect(readdirSync(join(folder, 'site'))).toEqual(['thesis.txt']);
});

it('is served with ranges, and refuses a folder without a page and a port that is taken', async () => {
  await expect(servePage(folder)).rejects.toThrow('holds no page');
  const { models } = await write([model('a')]);
  const { address, close } = await servePage(join(folder, 'site'));
  const response = await fetch(address + models[0]!.network.path, { headers: { range: 'bytes=10-19' } });
  expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([206, 10]);
  await expect(servePage(join(folder, 'site'), { port: Number(new URL(address).port) })).rejects.toThrow(
    'No page can be served',
  );
  await close();
});

it('is served without what links lead to out of its folder', async () => {
  await write([model('a')]);
  symlinkSync('../shell', join(folder, 'site/out'));
  symlinkSync('../shell/index.html', join(folder, 'site/beside.html'));
  symlinkSync('page.json', join(folder, 'site/own.json'));
  const { address, close } = await servePage(join(folder, 'site'));
  try {
    const asked = [
      'own.json',
      'beside.html',
      'beside',
      'b%65side',
      'beside?a',
      'out/index.html',
      'out',
      'out/',
      'none',
      '%ff',
    ];
    const answers = await Promise.all(asked.map((path) => fetch(address + path)));
    expect(answers.map(({ status }) => status)).toEqual([200, ...asked.slice(1).map(() => 404)]);
  } finally {
    await close();
  }
});
