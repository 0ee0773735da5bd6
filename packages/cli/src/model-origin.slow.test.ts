import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { TINY_FILE, idlm, tiny } from '../test/command-line';

const TEXT = 'the quick brown fox jumps over the lazy dog '.repeat(40);

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
/** The path as somebody writes it who stands here. */
const fromHere = (...parts: string[]) => relative(process.cwd(), inFolder(...parts));

const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const brief = () => [...tiny.slice(0, 2), '--config', inFolder('brief.yaml')];
const distill = (teacher: string, out: string, ...settings: string[]) =>
  idlm('distill', '--teacher', teacher, '--out', out, ...brief(), ...set('distillation.guard=null', ...settings));
const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'origin-'));
  // What is tiny, but for what a model knows of itself.
  const { data: _data, model: _model, ...others } = parse(await readFile(TINY_FILE, 'utf8')) as Record<string, unknown>;
  await writeFile(inFolder('brief.yaml'), stringify(others));
  await mkdir(inFolder('job'));
  await writeFile(inFolder('job', 'text.txt'), TEXT);
  const settings = [`data.corpus=${fromHere('job', 'text.txt')}`, 'data.heldOut=0.2'];
  const { code, err } = await idlm('train', '--out', inFolder('job', 'teacher'), ...tiny, ...set(...settings));
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/^Text: \S+text\.txt, 1\.41 k tokens to train on, 351 held out\.\n/),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the text of a teacher', () => {
  it('is that of its student, where nothing else is set, and is told and kept', async () => {
    const { code, err } = await distill(inFolder('job', 'teacher'), inFolder('student'));
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^Text: \S+text\.txt, 1\.41 k tokens to train on, 351 held out\.\n/),
    ]);
    expect(err).not.toContain('The model in');
    const { data } = await json('student', 'config.resolved.json');
    expect(data).toEqual((await json('job', 'teacher', 'config.resolved.json')).data);
    const [manifest, ofTeacher] = [
      await json('student', 'manifest.json'),
      await json('job', 'teacher', 'manifest.json'),
    ];
    expect(manifest).toMatchObject({
      role: 'student',
      data: ofTeacher.data,
      text: { heldOut: 0.2, trainTokens: 1408, heldOutTokens: 351 },
      places: { corpus: { absolute: inFolder('job', 'text.txt'), fromRun: '../job/text.txt' } },
    });
    // A checkpoint within a run is of that run as well.
    const checkpoint = inFolder('job', 'teacher', 'checkpoints', 'step-6');
    expect((await distill(checkpoint, inFolder('x'), 'logs.every=1')).err).toContain('351 held out');
  });

  it('gives way to what is set, and both are named', async () => {
    await writeFile(inFolder('other.txt'), TEXT.replaceAll('fox', 'cat'));
    const other = await distill(inFolder('job', 'teacher'), inFolder('other'), `data.corpus=${inFolder('other.txt')}`);
    expect(other.code).toBe(0);
    expect(other.err).toMatch(
      /warning: The model in \S+job\/teacher was trained on \S+\/job\/text\.txt, and the text here is \S+\/other\.txt\.\n/,
    );
    const share = await distill(inFolder('job', 'teacher'), inFolder('share'), 'data.heldOut=0.5');
    expect(share.err).toContain(
      'was trained with 20 % of the text held out (data.heldOut), and this is 50 %: the model has seen some of what is held out now.',
    );
    const model = inFolder('alone');
    await cp(inFolder('job', 'teacher', 'checkpoints', 'step-6'), model, { recursive: true });
    const alone = await idlm('distill', '--teacher', model, '--dry-run', '--out', inFolder('y'), '--engine', 'wasm');
    expect(alone.err).toContain(
      `Nothing tells what the model in ${model} was trained on; moby-dick is only the default of data.corpus.`,
    );
  });

  it('is that of an evaluation of its student, where the teacher itself is a folder of which no run is known', async () => {
    const teacher = inFolder('published');
    await cp(inFolder('job', 'teacher', 'checkpoints', 'step-6'), teacher, { recursive: true });
    const text = [`data.corpus=${inFolder('job', 'text.txt')}`, 'data.heldOut=0.3'];
    expect((await distill(teacher, inFolder('of-published'), ...text)).code).toBe(0);
    const models = ['--teacher', teacher, '--student', inFolder('of-published')];
    const { code, err } = await idlm('eval', ...models, '--out', inFolder('judged'), ...brief());
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/Text: \S+text\.txt, 1\.23 k tokens to train on, 52\d held out\.\n/),
    ]);
    expect(err).not.toContain('The model in');
    expect(err).not.toContain('Nothing tells');
    const { config } = await json('judged', 'manifest.json');
    expect(config.data).toMatchObject({ corpus: inFolder('job', 'text.txt'), heldOut: 0.3 });
  });

  it('is found after run and text were moved together, and asked for by name after it went', async () => {
    await rename(inFolder('job'), inFolder('moved'));
    const moved = await distill(inFolder('moved', 'teacher'), inFolder('of-moved'));
    expect([moved.code, moved.err]).toEqual([0, expect.stringContaining(inFolder('moved', 'text.txt'))]);
    const resumed = await idlm('train', '--resume', '--out', inFolder('moved', 'teacher'), ...set('teacher.updates=7'));
    expect(resumed.code).toBe(0);
    expect((await json('moved', 'teacher', 'manifest.json')).places.corpus.fromRun).toBe('../text.txt');
    await rename(inFolder('moved', 'text.txt'), inFolder('gone.txt'));
    for (const { code, err } of [
      await distill(inFolder('moved', 'teacher'), inFolder('z')),
      await idlm('train', '--resume', '--out', inFolder('moved', 'teacher')),
    ])
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(
          /^error: \S+ was made with data\.corpus \S+text\.txt, which is not there any more; say where it is with --set data\.corpus=….\n$/,
        ),
      ]);
    const named = await distill(inFolder('moved', 'teacher'), inFolder('z'), `data.corpus=${inFolder('gone.txt')}`);
    expect([named.code, named.err]).toEqual([0, expect.not.stringContaining('The model in')]);
    await rename(inFolder('gone.txt'), inFolder('moved', 'text.txt'));
  });
});
