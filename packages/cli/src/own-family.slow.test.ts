import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const onText = (...argv: string[]) => idlm(...argv, ...tiny, '--set', `data.corpus=${inFolder('text.txt')}`);
const wasm = tiny.slice(0, 2);

/** The `config.json` of a run's last checkpoint. */
async function lastConfig(run: string): Promise<string> {
  const checkpoints = inFolder(run, 'checkpoints');
  return join(checkpoints, (await readFile(join(checkpoints, 'latest'), 'utf8')).trim(), 'config.json');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-family-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['sedd', ['--preset', 'sedd-uniform'], { process: 'uniform' }],
  ['d3pm', ['--preset', 'd3pm', '--set', 'family.options.steps=50'], { steps: 50, parameterization: 'subs' }],
  ['duo', ['--set', 'family={name: duo, options: {curriculumEnd: 4}}'], { curriculumEnd: 4 }],
])('a %s model', (name, named, options) => {
  const [teacher, student] = [`${name}-teacher`, `${name}-student`];
  const sampled = async (run: string, ...more: string[]) => {
    const { code, out, err } = await idlm('sample', '--model', inFolder(run), '--count', '2', ...more, ...wasm);
    return { code, err, texts: out.split('\n').filter(Boolean) };
  };

  it('is distilled and sampled without naming its options again', async () => {
    expect((await onText('train', '--out', inFolder(teacher), ...named)).code).toBe(0);
    expect((await onText('distill', '--teacher', inFolder(teacher), '--out', inFolder(student))).code).toBe(0);
    for (const run of [teacher, student]) {
      const { code, texts } = await sampled(run);
      expect([code, texts.length]).toEqual([0, 2]);
      const config = JSON.parse(await readFile(await lastConfig(run), 'utf8')) as { family: object };
      expect(config).toMatchObject({ model_type: name, family: { name, options } });
    }
    const resolved = JSON.parse(await readFile(inFolder(student, 'config.resolved.json'), 'utf8')) as object;
    expect(resolved).toMatchObject({ family: { name, options } });
  });

  it('goes on bit for bit when its distillation is resumed', async () => {
    const resumed = `${name}-resumed`;
    const again = ['distill', '--teacher', inFolder(teacher), '--out', inFolder(resumed)];
    await onText(...again, '--set', 'checkpoints.every=2');
    const last = inFolder(resumed, 'checkpoints', 'step-3');
    const names = await readdir(last);
    const before = await Promise.all(names.map((file) => readFile(join(last, file))));
    await rm(last, { recursive: true });
    expect((await idlm(...again, '--resume')).code).toBe(0);
    const after = await Promise.all(names.map((file) => readFile(join(last, file))));
    expect(after.every((bytes, i) => bytes.equals(before[i]!))).toBe(true);
  });

  it('is compared, and the numbers are reproduced', async () => {
    const models = ['--teacher', inFolder(teacher), '--student', inFolder(student)];
    expect((await onText('eval', ...models, '--out', inFolder(name))).code).toBe(0);
    const manifest = JSON.parse(await readFile(inFolder(name, 'manifest.json'), 'utf8')) as { models: object };
    expect(manifest.models).toMatchObject({ teacher: { family: { name, options } } });
    expect((await idlm('reproduce', inFolder(name, 'manifest.json'))).out).toContain('all numbers of 3 rows');
  });

  it('refuses a family of the other noise that somebody has set, in one sentence', async () => {
    const other = name === 'd3pm' ? 'udlm' : 'mdlm';
    const { code, err } = await sampled(teacher, '--set', `family=${other}`);
    expect(code).toBe(2);
    expect(err).toMatch(
      new RegExp(`was trained as ${name} with \\w+ noise, and --set sets the family ${other} with \\w+ noise; leave`),
    );
  });
});

describe('a folder that does not say the options of its family', () => {
  const older = async () => {
    await cp(inFolder('sedd-teacher'), inFolder('older'), { recursive: true });
    const path = await lastConfig('older');
    const { family: _, ...config } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify(config));
  };

  it('is refused in one sentence where the defaults need a mask that it lacks', async () => {
    await older();
    const sampling = ['sample', '--model', inFolder('older'), ...wasm];
    const { code, err } = await idlm(...sampling);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('has 27 tokens and no mask, and sedd with absorbing noise needs one; set the family'),
    ]);
    expect((await idlm(...sampling, '--preset', 'sedd-uniform')).code).toBe(0);
  });

  it('is told what was assumed, unless somebody has set it', async () => {
    const sampling = ['sample', '--json', '--model', inFolder('duo-teacher'), '--count', '1', ...wasm];
    const path = await lastConfig('duo-teacher');
    const { family: _, ...config } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify(config));
    const { code, err } = await idlm(...sampling);
    expect([code, err]).toEqual([0, expect.stringMatching(/names no noise schedule; log-linear is assumed/)]);
    expect((await idlm(...sampling, '--set', 'family=duo')).err).not.toContain('assumed');
  });

  it('has a name that a family of other noise contradicts', async () => {
    const { err } = await idlm('sample', '--model', inFolder('older'), ...wasm, '--set', 'family=udlm');
    expect(err).toContain(
      'was trained as sedd with absorbing noise, and --set sets the family udlm with uniform noise',
    );
  });
});

it('refuses an autoregressive network where a diffusion model is wanted', async () => {
  await onText('train', 'scorer', '--out', inFolder('scorer'));
  const { code, err } = await onText('distill', '--teacher', inFolder('scorer'), '--out', inFolder('never'));
  expect([code, err]).toEqual([2, expect.stringContaining('is autoregressive; a diffusion model is wanted here')]);
});

it('lets a family of the same noise that somebody has set win', async () => {
  const { code } = await idlm('sample', '--model', inFolder('sedd-teacher'), ...wasm, '--set', 'family=udlm');
  expect(code).toBe(0);
});
