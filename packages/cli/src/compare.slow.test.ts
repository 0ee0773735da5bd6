import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '@idlm/trainer';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8'));

/** One arm with one seed, which takes a moment. */
const compare = (out: string, ...more: string[]) =>
  idlm(
    ...['compare', '--objectives', 'continued-training', '--seeds', '1', '--out', inFolder(out)],
    ...tiny,
    ...set(`data.corpus=${inFolder('text.txt')}`),
    ...more,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compare-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const { code, err } = await compare('whole');
  expect([code, err]).toEqual([0, expect.stringMatching(/^Text: \S+text\.txt, .* to train on, .* held out\.$/m)]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the folder of a comparison', () => {
  it('is written by one process at a time', async () => {
    await mkdir(inFolder('busy'));
    const lock = await acquireLock(inFolder('busy', 'run.lock'));
    const { code, err } = await compare('busy');
    expect([code, err]).toEqual([2, expect.stringContaining(`Process ${process.pid}`)]);
    await lock.release();
  });

  it('holds each cell once, though it was written twice', async () => {
    await cp(inFolder('whole'), inFolder('twice'), { recursive: true });
    const lines = (await readFile(inFolder('twice', 'compare.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
    await appendFile(inFolder('twice', 'compare.jsonl'), `${lines[2]}\n`);
    expect((await compare('twice')).code).toBe(0);
    expect((await json('twice', 'report.json')).summaries.map(({ seeds }: { seeds: number }) => seeds)).toEqual([
      1, 1, 1,
    ]);
    expect((await readFile(inFolder('twice', 'compare.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(3);
  });

  it.each([
    ['no JSON', 'a diary\n', 'Line 1 of '],
    ['JSON of another kind', '{"text":"a"}\n', 'Line 1 of '],
    ['a list', '[1]\n', 'Line 1 of '],
    ['null', 'null\n', 'Line 1 of '],
    ['a line that is cut in the middle', (text: string) => text.replace(/"rows"[^\n]*\n/, '\n'), 'Line 2 of '],
    ['a line of another kind', (text: string) => text.replace(/\n$/, '\n{"step":3}\n'), 'Line 4 of '],
    [
      'other settings',
      (text: string) => text.replace(/"settings":"../, '"settings":"zz'),
      'holds a comparison with other settings',
    ],
  ])('is refused in one sentence where its file is %s', async (_, damage, sentence) => {
    await cp(inFolder('whole'), inFolder('damaged'), { recursive: true });
    const file = inFolder('damaged', 'compare.jsonl');
    const text = typeof damage === 'string' ? damage : damage(await readFile(file, 'utf8'));
    await writeFile(file, text);
    const { code, err } = await compare('damaged');
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    expect(err).toMatch(/^error: .*\n$/m);
    expect(await readFile(file, 'utf8')).toBe(text);
    await rm(inFolder('damaged'), { recursive: true });
  });

  it('keeps a damaged model, and has no other trained in its place', async () => {
    await cp(inFolder('whole'), inFolder('hurt'), { recursive: true });
    const weights = inFolder('hurt', 'seed-1', 'teacher', 'model.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 500));
    // A second seed needs no teacher of the first; another arm does.
    const { code, err } = await compare('hurt', '--seeds', '1,2');
    expect(code).toBe(0);
    expect(err).not.toContain('Seed 1');
    const file = inFolder('hurt', 'compare.jsonl');
    await writeFile(file, `${(await readFile(file, 'utf8')).split('\n')[0]}\n`);
    const again = await compare('hurt');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('seed-1/teacher is damaged (')]);
    expect(again.err).toContain('delete that folder to have its model trained again.');
    expect((await readFile(weights)).length).toBe(500);
  });

  it('belongs to one teacher', async () => {
    const first = inFolder('whole', 'seed-1', 'teacher');
    const second = inFolder('whole', 'seed-1', 'continued-training');
    expect((await compare('given', '--teacher', first)).code).toBe(0);
    const other = await compare('given', '--teacher', second);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('holds a comparison with other settings')]);
  });
});

it.each([
  [['--seeds', '1,'], '--seeds takes whole numbers with commas between them, such as 1,2,3; "1," was given.'],
  [['--seeds', ''], '"" was given.'],
  [['--seeds', '1,x'], '"1,x" was given.'],
  [['--seeds', '1.5'], '"1.5" was given.'],
  [['--passes', ''], '--passes takes a whole number, at least 1; "" was given.'],
  [['--passes', 'many'], '--passes takes a whole number, at least 1; "many" was given.'],
  [['--seed', '5'], 'so seed would change nothing; leave --seed out, and name it in --seeds.'],
  [['--seed', ''], '--seed takes a whole number, at least 0; "" was given.'],
  [['--set', 'evaluation.seed=5'], 'so evaluation.seed would change nothing'],
])('refuses %j by flag and text', async (argv, sentence) => {
  const { code, err } = await compare('nowhere', ...argv);
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
});

it('leaves models that know their text and how they were trained', async () => {
  const student = inFolder('whole', 'seed-1', 'continued-training');
  const dry = await idlm('distill', '--teacher', student, '--dry-run', '--out', inFolder('x'), '--engine', 'wasm');
  expect([dry.code, dry.err]).toEqual([0, expect.stringContaining(`Text: ${inFolder('text.txt')}, `)]);
  expect(await json('whole', 'seed-1', 'continued-training', 'training.json')).toMatchObject({
    config: { seed: 1, distillation: { objective: { name: 'continued-training' }, updates: 9 } },
    manifest: { role: 'student', text: { heldOut: 0.1 }, engine: { name: 'wasm' } },
  });
});
