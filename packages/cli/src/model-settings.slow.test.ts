import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting]);
const distill = (...settings: string[]) =>
  idlm(
    ...['distill', '--teacher', inFolder('teacher'), '--out', inFolder('student'), '--engine', 'wasm', '--dry-run'],
    ...set(...settings),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const text = set(`data.corpus=${inFolder('text.txt')}`);
  expect((await idlm('train', '--out', inFolder('teacher'), ...tiny, ...text)).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('what a teacher has settled', () => {
  it.each([
    ['model.hidden=32', 'model.hidden to 32', '16'],
    ['model.blocks=2', 'model.blocks to 2', '1'],
    ['model.heads=4', 'model.heads to 4', '2'],
    ['model.cond=8', 'model.cond to 8', '4'],
    ['model.preset=mini', 'model.preset to "mini: hidden ', '"hidden 16"'],
    ['data.length=128', 'data.length to 128', '12'],
    ['data.normalise=none', 'data.normalise to "none"', '"letters"'],
    ['data.tokenizer=bytes', 'data.tokenizer to "bytes"', '"characters"'],
  ])('is refused by distill and compare where %s is set', async (setting, given, own) => {
    for (const { code, err } of [
      await distill(setting),
      await idlm('compare', '--teacher', inFolder('teacher'), '--out', inFolder('c'), ...set(setting)),
    ]) {
      expect(code).toBe(2);
      expect(err).toContain(`error: --set sets ${given}`);
      expect(err).toContain(`and the model in ${inFolder('teacher')} has ${own}, which stays; leave it out.\n`);
    }
  });

  it('is refused by eval as far as it is how text is read, since its record would hold it', async () => {
    for (const [setting, own] of [
      ['data.normalise=none', '"letters"'],
      ['data.tokenizer=bytes', '"characters"'],
    ] as const) {
      const { code, err } = await idlm(
        'eval',
        '--teacher',
        inFolder('teacher'),
        '--out',
        inFolder('e'),
        ...set(setting),
      );
      expect([code, err]).toEqual([2, expect.stringContaining(`teacher has ${own}, which stays; leave it out.`)]);
    }
  });

  it('is refused where it is whether the network reads the noise level', async () => {
    const { code, err } = await distill('model.timeConditioning=true');
    expect([code, err]).toEqual([2, expect.stringContaining('has time_conditioning false, and true was given')]);
  });

  it('takes the place of the sizes and the length of a preset, which else would be its own', async () => {
    const preset = ['--preset', 'mdlm-published', '--set', `data.corpus=${inFolder('text.txt')}`];
    const argv = [
      '--teacher',
      inFolder('teacher'),
      '--out',
      inFolder('student'),
      '--engine',
      'wasm',
      '--dry-run',
      '--json',
    ];
    const letters = ['--set', 'data.normalise=letters', '--set', 'data.windowEnds=false'];
    const { code, out, err } = await idlm('distill', ...argv, ...preset, ...letters);
    expect([code, err]).toEqual([0, expect.not.stringContaining('stays')]);
    // 8 rows of the teacher’s 12 tokens, 64 times, for the student and for the fake network.
    expect(JSON.parse(out)).toMatchObject({ tokensPerUpdate: 2 * 8 * 64 * 12 });
    const chosen = await idlm('distill', ...argv, ...preset, ...letters, '--set', 'data.length=1024');
    expect([chosen.code, chosen.err]).toEqual([2, expect.stringContaining('--set sets data.length to 1024')]);
  });

  it('may be said again', async () => {
    const tokenizer = inFolder('teacher', 'checkpoints', 'step-6');
    const { code, err } = await distill(
      'model.hidden=16',
      'data.length=12',
      'data.normalise=letters',
      `data.tokenizer=${tokenizer}`,
    );
    expect([code, err]).toEqual([0, expect.not.stringContaining('does not read')]);
  });

  it('is what the record of its student holds', async () => {
    const out = ['--out', inFolder('student'), '--engine', 'wasm'];
    const brief = set(
      'distillation.updates=1',
      'distillation.batch=4',
      'distillation.guard=null',
      'logs.samplesEvery=null',
    );
    expect((await idlm('distill', '--teacher', inFolder('teacher'), ...out, ...brief)).code).toBe(0);
    const config = JSON.parse(await readFile(inFolder('student', 'config.resolved.json'), 'utf8'));
    expect(config.model).toMatchObject({ hidden: 16, blocks: 1, heads: 2, cond: 4, timeConditioning: false });
    expect(config.data).toMatchObject({ length: 12, tokenizer: 'characters' });
    expect(Object.keys(config)).not.toContain('teacher');
  });
});

describe('the family of a teacher', () => {
  const other = set('family.options.schedule=cosine');
  const sentence = () =>
    `The model in ${inFolder('teacher', 'checkpoints', 'step-6')} was trained with family.options.schedule.name "log-linear", and --set sets "cosine", with which it is used; leave that out to use it as it was trained.`;

  it('is warned of where another schedule is set, and the record of the student tells it', async () => {
    const brief = set('distillation.updates=1', 'distillation.batch=4', 'distillation.guard=null');
    const out = ['--out', inFolder('cosine'), '--engine', 'wasm', ...brief, ...set('logs.samplesEvery=null')];
    const { code, err } = await idlm('distill', '--teacher', inFolder('teacher'), ...out, ...other);
    expect([code, err]).toEqual([0, expect.stringContaining(`warning: ${sentence()}\n`)]);
    const read = async (...names: string[]) => JSON.parse(await readFile(inFolder('cosine', ...names), 'utf8'));
    expect((await read('manifest.json')).notes).toEqual([sentence()]);
    expect((await read('checkpoints', 'step-1', 'config.json')).family.options.schedule.name).toBe('cosine');
  });

  it.each([['sample'], ['eval'], ['compare']])('is warned of by %s', async (command) => {
    const argv = {
      sample: ['--model', inFolder('teacher'), '-n', '1'],
      eval: ['--teacher', inFolder('teacher'), '--out', inFolder('e2'), ...set('evaluation.samples=2')],
      compare: ['--teacher', inFolder('teacher'), '--out', inFolder('c2'), '--passes', '1'],
    }[command]!;
    const { err } = await idlm(command, ...argv, '--engine', 'wasm', ...other);
    expect(err).toContain(`warning: ${sentence()}\n`);
  });

  it('is not warned of where it is said again, and once where it is another one', async () => {
    expect((await distill('family.options.schedule=log-linear')).err).not.toContain('was trained with family');
    const { err } = await distill('family=sedd');
    expect(err.match(/was trained with family/g)).toHaveLength(1);
    expect(err).toContain('was trained with family.name "mdlm", and --set sets "sedd"');
  });
});

it('an objective that trains no second network is estimated without one', async () => {
  expect((await distill()).out).toContain(' 2 trained and 1 only run\n');
  const { out } = await distill('distillation.objective=sdtt');
  expect(out).toContain('distilling the student: 400 updates of 576 tokens\n');
  expect(out).toContain(' 1 trained and 1 only run\n');
});

describe('misspelt options', () => {
  it.each([
    ['distillation.objective.options.ancor=1', 'the idlm objective has no option "ancor"; did you mean "anchor"?'],
    ['distillation.objective={name: sdtt, options: {refreshEver: 1}}', 'did you mean "refreshEvery"?'],
    [
      'distillation.objective.options.relaxation={name: gumbel-softmax, options: {temprature: 2}}',
      'did you mean "temperature"?',
    ],
    ['sampling.sampler={name: ancestral, options: {lats: none}}', 'did you mean "last"?'],
    ['family={name: duo, options: {gamaMin: 1}}', 'did you mean "gammaMin"?'],
    ['family={name: mdlm, options: {schedule: {name: cosine, options: {epss: 1}}}}', 'did you mean "eps"?'],
    ['distillation.guard.every=1000', 'The guard looks every 1000 updates and the run has 400'],
  ])('are found before anything is done: %s', async (setting, sentence) => {
    const { code, err } = await distill(setting);
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    expect(err.match(/did you mean/g) ?? []).toHaveLength(sentence.includes('mean') ? 1 : 0);
  });

  it('of validation are found by train', async () => {
    const { code, err } = await idlm('train', '--dry-run', '--engine', 'wasm', ...set('teacher.validation.every=5000'));
    expect([code, err]).toEqual([2, expect.stringContaining('every 5000 updates and the run has 2000')]);
  });
});
