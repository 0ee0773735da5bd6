import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_FILE } from '../test/command-line';
import { type CommandProcess, commandProcess } from '../test/command-process';

// Processes start, and load all sources.
jest.setTimeout(600_000);

let [folder, commands]: [string, CommandProcess] = ['', undefined!];
const engine = ['--engine', 'wasm'];

/** Trains a model to which a text is usual. */
const train = (out: string, text: string, ...more: string[]) =>
  commands.idlm('train', ...engine, '--config', TINY_FILE, '--set', `data.corpus=${text}`, '--out', out, ...more);
const sample = (...more: string[]) => commands.idlm('sample', '--model', 'sea', '-n', '4', ...engine, ...more);
/** What is written, where nothing goes wrong. */
async function texts(...more: string[]): Promise<string[]> {
  const { code, out, err } = await sample(...more);
  if (code !== 0) throw new Error(err);
  return out.trimEnd().split('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guidance-'));
  await cp(join(__dirname, '../test/classifiers.mjs'), join(folder, 'classifiers.mjs'));
  await writeFile(join(folder, 'sea.txt'), 'a bee and a sea and the tree be '.repeat(20));
  await writeFile(join(folder, 'tree.txt'), 'the tree and the tree and a bee see '.repeat(20));
  commands = commandProcess(folder);
  for (const [out, text, ...more] of [
    ['sea', 'sea.txt'],
    ['tree', 'tree.txt'],
    ['short', 'tree.txt', '--set', 'data.length=8'],
  ] as const) {
    const { code, err } = await train(out, text, ...more);
    if (code !== 0) throw new Error(err);
  }
});
afterAll(async () => {
  await commands.end();
  await rm(folder, { recursive: true });
});

it('follows what is given more closely, says so, and writes as ever at strength 1', async () => {
  const plain = await texts('--prompt', 'sea ');
  expect(await texts('--prompt', 'sea ', '--guidance', '1')).toEqual(plain);
  const { out, err } = await sample('--prompt', 'sea ', '--guidance', '200', '--json');
  expect(err).toContain('guided at strength 200, at ');
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; guidance: number });
  expect(rows).toEqual(Array(4).fill(expect.objectContaining({ guidance: 200, text: expect.stringMatching(/^sea /) })));
  expect(rows.map(({ text }) => text)).not.toEqual(plain);
});

it('leads away from another model, and from itself nowhere', async () => {
  const plain = await texts();
  expect(await texts('--unconditional', 'sea', '--guidance', '3')).toEqual(plain);
  expect(await texts('--unconditional', 'tree', '--guidance', '200')).not.toEqual(plain);
});

it('follows a classifier of an imported module', async () => {
  const { code, out, err } = await sample('--classifier', 'of-bees', '--import', './classifiers.mjs');
  expect([code, err]).toEqual([0, expect.stringContaining('guided by the classifier of-bees at strength 1')]);
  expect(out.trimEnd().split('\n')).toEqual(Array(4).fill(expect.stringMatching(/^[be]{12}$/)));
});

it.each([
  [['--guidance', '2'], 'Guidance is by what is given, and nothing is'],
  [['--guidance', '2', '--infill', '[[3]]'], 'Guidance is by what is given, and nothing is'],
  [['--unconditional', 'tree'], 'give its strength (--guidance), or leave it out'],
  [['--unconditional', 'short', '--guidance', '2'], 'two models of one vocabulary and length'],
  [['--classifier', 'of-wasps'], 'of-wasps'],
])('refuses %j before it says that it writes', async (more, sentence) => {
  const { code, out, err } = await sample(...more);
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence)]);
  expect(err).not.toContain('Writing with');
});
