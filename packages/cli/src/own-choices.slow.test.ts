import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@idlm/client';
import { stringify } from 'yaml';
import type { Ended } from '../test/command-line';
import { type CommandProcess, FROM_SOURCES, commandProcess } from '../test/command-process';

// Processes start, and load all sources.
jest.setTimeout(600_000);

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8')) as unknown;

let commands: CommandProcess | undefined;
const idlm = (...argv: string[]): Promise<Ended> => (commands ??= commandProcess(folder)).idlm(...argv);
/** The next command line runs where nothing was imported yet. */
async function forget(): Promise<void> {
  await commands?.end();
  commands = undefined;
}

const config = {
  imports: ['./mine.mjs'],
  engine: { name: 'wasm' },
  family: 'late-masks',
  data: { corpus: 'text.txt', length: 8 },
  model: { network: { name: 'lookup', options: { width: 6 } } },
  teacher: { updates: 4, batch: 4, optimizer: { method: 'descent' }, validation: null },
  distillation: { objective: 'half', updates: 2, batch: 4, guard: null },
  scorers: { nGramOrder: 3 },
  sampling: { sampler: 'plain', steps: 2 },
  evaluation: { samples: 6, teacherSteps: [1, 4], studentSteps: [2], compareAt: 4 },
  checkpoints: { every: 2 },
  logs: { every: 1, samplesEvery: null },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-choices-'));
  await mkdir(inFolder('own'));
  await cp(join(__dirname, '../test/own-choices.mjs'), inFolder('own', 'mine.mjs'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  await writeFile(inFolder('own', 'idlm.yaml'), stringify(config));
});
afterAll(async () => {
  await forget();
  await rm(folder, { recursive: true });
});

const configured = ['--config', 'own/idlm.yaml'];
const imported = ['--import', './own/mine.mjs'];

describe('a family, network, sampler, objective and optimizer of one file', () => {
  it('are trained, distilled, sampled, judged, compared and reproduced by the command', async () => {
    expect(await idlm('train', ...configured, '--out', 'teacher')).toMatchObject({ code: 0 });
    expect(await json('teacher', 'checkpoints', 'step-4', 'config.json')).toMatchObject({
      family: { name: 'late-masks' },
      idlm: { imports: ['./own/mine.mjs'] },
    });
    const { imports } = (await json('teacher', 'manifest.json')) as { imports: object[] };
    expect(imports).toEqual([
      {
        specifier: './own/mine.mjs',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        place: { absolute: expect.stringMatching(/own\/mine\.mjs$/), fromRun: '../own/mine.mjs' },
      },
    ]);
    const distil = ['distill', '--teacher', 'teacher', ...configured, '--out', 'student'];
    expect(await idlm(...distil)).toMatchObject({ code: 0 });
    const texts = await idlm('sample', '--model', 'student', '--count', '2', ...configured);
    expect([texts.code, texts.out.split('\n').length]).toEqual([0, 3]);
    const models = ['--teacher', 'teacher', '--student', 'student'];
    expect(await idlm('eval', ...models, ...configured, '--out', 'eval')).toMatchObject({ code: 0 });
    expect(await json('eval', 'manifest.json')).toMatchObject({ sampler: { name: 'plain' }, imports });
    const compare = ['compare', '--objectives', 'half', '--seeds', '1', ...configured, '--out', 'compared'];
    expect(await idlm(...compare)).toMatchObject({ code: 0 });
    await forget();
    expect((await idlm('reproduce', 'eval/manifest.json')).out).toContain('all numbers of 3 rows');
  });

  it('are recorded as those of the teacher, which no setting changes', async () => {
    const options = { width: 6 };
    const { model } = (await json('student', 'config.resolved.json')) as { model: object };
    expect(model).toMatchObject({ network: { name: 'lookup', options } });
    const other = ['--set', 'model.network={name: lookup, options: {width: 5}}'];
    const { code, err } = await idlm('distill', '--teacher', 'teacher', ...configured, ...other, '--out', 'other');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/sets model\.network to .*"width":5.* has .*"width":6.*which stays/),
    ]);
  });

  it('are loaded again where a run goes on, and told where they have changed', async () => {
    await forget();
    await rm(inFolder('teacher', 'checkpoints', 'step-4'), { recursive: true });
    await appendFile(inFolder('own', 'mine.mjs'), '\n// Another day.\n');
    const { code, err } = await idlm('train', '--resume', '--out', 'teacher');
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/From update 2 on: imports\.\.\/own\/mine\.mjs "\w{64}" → "/),
    ]);
    const reproduced = await idlm('reproduce', 'eval/manifest.json');
    expect(reproduced.err).toContain('other input: imports../own/mine.mjs (sha256 ');
  });

  it('are found beside a run that was moved with them, and missed in one sentence', async () => {
    await forget();
    await rename(inFolder('own'), inFolder('elsewhere'));
    const lost = await idlm('train', '--resume', '--out', 'teacher');
    expect([lost.code, lost.err]).toEqual([
      2,
      expect.stringContaining('which is not there any more; put it back, or say'),
    ]);
    const found = await idlm('train', '--resume', '--out', 'teacher', '--import', './elsewhere/mine.mjs');
    expect([found.code, found.err]).toEqual([0, expect.stringContaining('Already finished')]);
    await rename(inFolder('elsewhere'), inFolder('own'));
  });

  it('are asked for by a model that was made with them', async () => {
    await forget();
    const { code, err } = await idlm('sample', '--model', 'student', '--engine', 'wasm');
    expect([code, err]).toEqual([2, expect.stringContaining('--import ./own/mine.mjs')]);
    expect((await idlm('sample', '--model', 'student', '--engine', 'wasm', '--count', '1', ...imported)).code).toBe(0);
  });

  it('are served by threads, which know the network of a module too', async () => {
    await forget();
    const written = ['--model', 'student', '--engine', 'wasm', '--seed', '3', '--json', '--count', '2', ...imported];
    const { out } = await idlm('sample', ...written);
    const lines = out.trim().split('\n');
    const alone = lines.map((line) => (JSON.parse(line) as { text: string }).text);
    const program = [...FROM_SOURCES, join(__dirname, 'main.ts')];
    const child = spawn(process.execPath, [...program, 'serve', '--model', 'student', '--port', '0', ...imported], {
      cwd: folder,
    });
    let log = '';
    child.stderr.on('data', (data) => (log += String(data)));
    try {
      const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      const client = createClient({ baseUrl: url.trim() });
      const { choices } = await client.complete({ model: 'student', seed: 3, n: 2 });
      expect(choices.map(({ text }) => text)).toEqual(alone);
    } finally {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    }
    expect(log).toContain('"runtime":"wasm","msg":"opened a model"');
    expect(log).not.toContain('hold up all else');
  });

  it('are listed with all other names by the help of a command that imports them', async () => {
    await forget();
    const { code, out } = await idlm('train', '--help', ...imported);
    expect(code).toBe(0);
    for (const [list, name, description] of [
      ['Families', 'late-masks', 'masks that come late'],
      ['Noise schedules', 'gentle', 'the cosine, by another name'],
      ['Objectives', 'half', 'half of the loss on data'],
      ['Samplers', 'plain', 'ancestral steps'],
      ['Networks', 'lookup', 'a table'],
      ['Optimizers', 'descent', 'plain gradient descent'],
    ] as const)
      expect(out.split('\n\n').find((part) => part.startsWith(`${list}:`))).toMatch(
        new RegExp(`\\n  ${name} +${description}`),
      );
    const named = await idlm('distill', '-h', '--config', 'own/idlm.yaml');
    expect(named.out).toContain('late-masks');
  });

  it('show their options, which are checked as those of idlm', async () => {
    await forget();
    const { code, out } = await idlm('options', 'descent', '--config', 'own/idlm.yaml');
    expect([code, out]).toEqual([
      0,
      'Optimizers:\n  descent: plain gradient descent\n    step  a number in (0, ∞) (default 1): times the learning rate\n',
    ]);
    for (const [options, sentence] of [
      ['{ steps: 1 }', 'the descent optimizer has no option "steps"; did you mean "step"?'],
      ['{ step: 0 }', 'Option "step" of the descent optimizer must lie in (0, ∞); 0 was given.'],
    ] as const) {
      const set = ['--set', `teacher.optimizer.method={ name: descent, options: ${options} }`];
      const refused = await idlm('train', ...configured, ...set, '--out', 'never');
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });

  it('are among the names that a mistyped one is held against', async () => {
    const { code, err } = await idlm('train', ...configured, '--out', 'never', '--set', 'family=late-mask');
    expect([code, err]).toEqual([2, expect.stringContaining('did you mean "late-masks"?')]);
  });
});

it('an import that cannot be had is refused in one sentence', async () => {
  await writeFile(inFolder('broken.mjs'), "throw new Error('no such luck');");
  await writeFile(inFolder('thrown.mjs'), 'throw null;');
  await writeFile(inFolder('unparsed.mjs'), 'const a = ;');
  const taken =
    "import { samplers } from '@idlm/samplers';\nsamplers.register('ancestral', { description: '', create: () => {} });";
  await writeFile(inFolder('taken.mjs'), taken);
  for (const [specifier, sentence] of [
    ['./nowhere.mjs', 'imports: there is no file '],
    ['nothing-of-this-name', 'imports: there is no package "nothing-of-this-name"'],
    ['./mine.ts', 'imports: ./mine.ts is TypeScript; name a module of JavaScript'],
    ['./broken.mjs', 'imports: ./broken.mjs could not be loaded, line 1: Error: no such luck.'],
    ['./thrown.mjs', 'imports: ./thrown.mjs could not be loaded: thrown: null.'],
    [
      './unparsed.mjs',
      'imports: ./unparsed.mjs could not be loaded: SyntaxError: Unexpected token \';\' ("node --check ./unparsed.mjs" shows where).',
    ],
    [
      './taken.mjs',
      'imports: ./taken.mjs could not be loaded, line 2: A sampler named "ancestral" is registered already;',
    ],
  ] as const) {
    const { code, err } = await idlm('train', '--import', specifier, '--out', 'never');
    expect([code, err]).toEqual([2, expect.stringContaining(`error: ${sentence}`)]);
  }
  // Its help would list names without them.
  const { code, err } = await idlm('sample', '--help', '--import', './nowhere.mjs');
  expect([code, err]).toEqual([2, expect.stringContaining('error: imports: there is no file ')]);
});

it('what fails in an imported module is told with its line, and is no fault of idlm', async () => {
  await forget();
  const faulty = `import { ancestral, samplers } from '@idlm/samplers';
samplers.register('faulty', {
  description: 'reads what is not there',
  create: () => ({ ...ancestral(), spec: { name: 'faulty' }, step: async (state) => state.words.length }),
});`;
  await writeFile(inFolder('faulty.mjs'), faulty);
  const drawn = ['sample', '--model', 'student', '--engine', 'wasm', '--count', '1', ...imported];
  const { code, err } = await idlm(...drawn, '--import', './faulty.mjs', '--sampler', 'faulty');
  expect([code, err]).toEqual([
    2,
    expect.stringContaining(
      'error: ./faulty.mjs, which was imported, failed in line 4 (Cannot read properties of undefined',
    ),
  ]);
});
