import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const weights = (run: string, step: number) =>
  readFile(inFolder(run, 'checkpoints', `step-${step}`, 'model.safetensors'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepare-'));
  const line = (i: number) => `the quick brown fox jumps over ${i % 7} lazy dogs `;
  await writeFile(inFolder('a.txt'), Array.from({ length: 30 }, (_, i) => line(i)).join('\n'));
  await writeFile(inFolder('b.jsonl'), `${JSON.stringify({ text: line(3).repeat(20) })}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

it('prepare writes a text, train reads it by parts and goes on bit for bit, and distill takes it from its teacher', async () => {
  const from = [inFolder('*.txt'), inFolder('b.jsonl')];
  const made = await idlm('prepare', ...from, '--length', '12', '--out', inFolder('text'), '--json');
  expect([made.code, JSON.parse(made.out)]).toEqual([
    0,
    expect.objectContaining({ out: inFolder('text'), layout: 'packed', length: 12, documents: 2 }),
  ]);
  const text = set(`data.corpus=${inFolder('text')}`);
  const train = (out: string, ...more: string[]) => idlm('train', '--out', inFolder(out), ...tiny, ...more);
  expect((await train('whole', ...text)).code).toBe(0);
  // As if it had been interrupted between its checkpoints.
  await cp(inFolder('whole'), inFolder('halves'), { recursive: true });
  await rm(inFolder('halves', 'checkpoints', 'step-6'), { recursive: true });
  const resumed = await train('halves', '--resume');
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining('Going on from update 3')]);
  expect((await weights('halves', 6)).equals(await weights('whole', 6))).toBe(true);
  const distilled = await idlm(
    ...['distill', '--teacher', inFolder('whole'), '--out', inFolder('student')],
    ...[...tiny, ...set('distillation.guard=null')],
  );
  expect([distilled.code, distilled.err]).toEqual([0, expect.stringContaining(`Text: ${inFolder('text')}`)]);
  const other = await train('other', ...text, ...set('data.heldOut=0.3'));
  expect([other.code, other.err]).toEqual([2, expect.stringContaining('was prepared with data.heldOut 0.1')]);
});

it('prepare refuses what is there, and what fits no file, and leaves nothing behind', async () => {
  await writeFile(inFolder('there'), '');
  const there = await idlm('prepare', inFolder('a.txt'), '--out', inFolder('there'));
  expect([there.code, there.err]).toEqual([
    2,
    `error: ${inFolder('there')} exists; name another folder, or delete it.\n`,
  ]);
  const none = await idlm('prepare', inFolder('*.csv'), '--out', inFolder('none'));
  expect([none.code, none.err]).toEqual([2, `error: No file fits ${inFolder('*.csv')}.\n`]);
  const twice = await idlm('prepare', inFolder('a.txt'), '--out', inFolder('none'), ...set('data.corpus=words'));
  expect([twice.code, twice.err]).toEqual([
    2,
    'error: --set data.corpus: it would change nothing here: the text is what is named behind the command; leave it out.\n',
  ]);
  expect((await readdir(folder)).filter((name) => name.includes('none'))).toEqual([]);
});
