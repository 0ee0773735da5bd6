import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

const onText = (...argv: string[]) => idlm(...argv, ...tiny, '--set', `data.corpus=${inFolder('text.txt')}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idlm-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

describe('from a text file to a report', () => {
  it('trains a teacher whose run directory holds all of it', async () => {
    const { code, out, err } = await onText('train', '--no-compile', '--out', inFolder('teacher'));
    expect([code, err.includes('error')]).toEqual([0, false]);
    expect(out.trim()).toBe(inFolder('teacher', 'checkpoints', 'step-6'));
    const names = await readdir(inFolder('teacher'));
    expect(names).toEqual(
      expect.arrayContaining(['config.resolved.json', 'manifest.json', 'metrics.jsonl', 'checkpoints', 'samples']),
    );
    const config = JSON.parse(await readFile(inFolder('teacher', 'config.resolved.json'), 'utf8'));
    expect(config.engine).toMatchObject({ name: 'wasm', compile: 'off', precision: 'auto' });
    expect(names.some((name) => name.startsWith('events.out.tfevents'))).toBe(true);
    const metrics = (await readFile(inFolder('teacher', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    // A line for each of the updates, and one for the look at held-out text at the end.
    expect(metrics.filter((line) => line.includes('"teacher/loss"'))).toHaveLength(6);
    expect(metrics.filter((line) => line.includes('"teacher/held-out/loss"'))).toHaveLength(1);
    expect(await readdir(out.trim())).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
    );
  });

  it('goes on bit for bit from the last checkpoint', async () => {
    await cp(inFolder('teacher'), inFolder('resumed'), { recursive: true });
    await rm(inFolder('resumed', 'checkpoints', 'step-6'), { recursive: true });
    const { code } = await idlm('train', '--out', inFolder('resumed'), '--resume', '--json');
    expect(code).toBe(0);
    const bytes = (run: string, name: string) => readFile(inFolder(run, 'checkpoints', 'step-6', name));
    for (const name of await readdir(inFolder('teacher', 'checkpoints', 'step-6'))) {
      if (name.endsWith('.safetensors'))
        expect((await bytes('resumed', name)).equals(await bytes('teacher', name))).toBe(true);
    }
    expect(await readFile(inFolder('resumed', 'metrics.jsonl'), 'utf8')).toBe(
      await readFile(inFolder('teacher', 'metrics.jsonl'), 'utf8'),
    );
  });

  it('goes on with what the command line sets over the settings of the run', async () => {
    const resume = ['train', '--out', inFolder('resumed'), '--resume'];
    const { code, out } = await idlm(...resume, '--set', 'teacher.updates=7');
    expect([code, out.trim()]).toEqual([0, inFolder('resumed', 'checkpoints', 'step-7')]);
    const other = await idlm(...resume, '--seed', '99');
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('was made with seed 1, and --seed gives 99')]);
  });

  it('distils, trains a scorer, and samples with a prompt', async () => {
    expect((await onText('distill', '--teacher', inFolder('teacher'), '--out', inFolder('student'))).code).toBe(0);
    expect((await onText('train', 'scorer', '--out', inFolder('scorer'))).code).toBe(0);
    const sampling = ['sample', '--model', inFolder('student'), '--count', '3', '--prompt', 'the '];
    const { code, out } = await idlm(...sampling, ...tiny.slice(0, 2));
    expect(code).toBe(0);
    const lines = out.split('\n').filter(Boolean);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^the[ a-z]{9}$/);
    const again = await idlm(...sampling, '--json', ...tiny.slice(0, 2));
    expect(
      again.out
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { text: string }).text),
    ).toEqual(lines);
  });

  it('evaluates both, writes a report, and reproduces every number', async () => {
    const models = ['--teacher', inFolder('teacher'), '--student', inFolder('student'), '--scorer', inFolder('scorer')];
    const { code } = await onText('eval', ...models, '--out', inFolder('eval'));
    expect(code).toBe(0);
    const html = await readFile(inFolder('eval', 'report.html'), 'utf8');
    for (const words of [
      'Quality against entropy',
      'Likelihood of held-out text',
      'NELBO perplexity',
      'teacher loss',
      'student loss',
      'fake loss',
    ])
      expect(html).toContain(words);
    const { losses } = JSON.parse(await readFile(inFolder('eval', 'report.json'), 'utf8')) as {
      losses: Record<string, [number, number][]>;
    };
    for (const [run, roles] of [
      ['teacher', ['teacher', 'teacher/held-out']],
      ['student', ['student', 'fake']],
    ] as const) {
      const logged = (await readFile(inFolder(run, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      const lines = logged.map((line) => JSON.parse(line) as Record<string, number>);
      for (const name of roles.map((role) => `${role}/loss`))
        expect([name, losses[name]]).toEqual([
          name,
          lines.flatMap((line) => (name in line ? [[line['step'], line[name]]] : [])),
        ]);
    }
    const manifest = JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8')) as {
      rows: { perplexity: object; entropy: number }[];
      models: object;
      bounds: Record<string, { nll: number; bitsPerToken: number; standardError: number }>;
    };
    expect(manifest.rows).toHaveLength(3);
    expect(Object.keys(manifest.rows[0]!.perplexity)).toEqual(['n-gram', 'autoregressive']);
    // Six updates teach next to nothing: all but evenly over 27 tokens, to the chance of the estimate.
    const { nll, bitsPerToken, standardError } = manifest.bounds['teacher']!;
    expect(Math.abs(nll - Math.log(27))).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.2);
    expect(bitsPerToken).toBeCloseTo(nll / Math.LN2, 12);
    expect(Object.keys(manifest.bounds)).toEqual(['teacher', 'student']);
    const same = await idlm('reproduce', inFolder('eval', 'manifest.json'));
    expect([same.code, same.out.trim()]).toEqual([0, 'all numbers of 3 rows are reproduced (tolerance 0)']);
    manifest.rows[0]!.entropy *= 1.01;
    await writeFile(inFolder('other.json'), JSON.stringify(manifest));
    const other = await idlm('reproduce', inFolder('other.json'));
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('entropy')]);
    expect((await idlm('report', inFolder('eval'), '--svg', inFolder('plot.svg'))).code).toBe(0);
    expect(await readFile(inFolder('plot.svg'), 'utf8')).toMatch(/^<svg/);
  });

  it('replaces no run by an evaluation, and moves an evaluation aside unless by --force', async () => {
    const judge = (...more: string[]) => onText('eval', '--teacher', inFolder('teacher'), ...more);
    const record = await readFile(inFolder('teacher', 'manifest.json'), 'utf8');
    for (const force of [[], ['--force']]) {
      const { code, err } = await judge('--out', inFolder('teacher'), ...force);
      expect([code, err]).toEqual([2, expect.stringContaining('holds a run, which an evaluation does not replace')]);
    }
    expect(await readFile(inFolder('teacher', 'manifest.json'), 'utf8')).toBe(record);
    const earlier = await readFile(inFolder('eval', 'manifest.json'), 'utf8');
    const again = await judge('--out', inFolder('eval'));
    expect([again.code, again.err]).toEqual([0, expect.stringContaining(`is now in ${inFolder('eval')}-1;`)]);
    expect(await readFile(inFolder('eval-1', 'manifest.json'), 'utf8')).toBe(earlier);
    expect((await readdir(inFolder('eval-1'))).sort()).toEqual(['manifest.json', 'report.html', 'report.json']);
    expect((await judge('--out', inFolder('eval'), '--force')).code).toBe(0);
    expect(existsSync(inFolder('eval-2'))).toBe(false);
    const { rows } = JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8')) as { rows: object[] };
    expect(rows).toHaveLength(2);
    expect((await readdir(inFolder('eval'))).sort()).toEqual(['manifest.json', 'report.html', 'report.json']);
  });

  it.each(['abc', '-1', '', 'Infinity'])('refuses a tolerance of %j before it samples', async (text) => {
    const { code, err } = await idlm('reproduce', inFolder('eval', 'manifest.json'), '--tolerance', text);
    expect([code, err.trim()]).toEqual([
      2,
      `error: --tolerance takes a number, at least 0; ${JSON.stringify(text)} was given.`,
    ]);
  });
});

describe('families other than the first', () => {
  it.each([
    ['duo', 27],
    ['udlm', 27],
    ['sedd', 28],
    ['d3pm', 28],
  ])('train, distil and sample with %s alone named', async (family, width) => {
    const [teacher, student] = [inFolder(`${family}-teacher`), inFolder(`${family}-student`)];
    const named = ['--set', `family=${family}`];
    expect((await onText('train', '--out', teacher, ...named)).code).toBe(0);
    expect((await onText('distill', '--teacher', teacher, '--out', student, ...named)).code).toBe(0);
    // The model folder says what kind of diffusion it is; nothing more is needed to sample.
    const { code, out } = await idlm('sample', '--model', student, '--count', '2', ...tiny.slice(0, 2));
    expect(code).toBe(0);
    expect(out.split('\n').filter(Boolean)).toHaveLength(2);
    const checkpoints = (await readdir(join(student, 'checkpoints'))).sort();
    const config = await readFile(join(student, 'checkpoints', checkpoints.at(-1)!, 'config.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({ model_type: family, vocab_size: width });
  });
});

describe('compare', () => {
  const compare = (...more: string[]) =>
    onText(
      'compare',
      '--seeds',
      '1,2',
      '--out',
      inFolder('compare'),
      '--objectives',
      'idlm,continued-training',
      '--set',
      'checkpoints.every=1000',
      ...more,
    );

  it('gives every arm the same work over seeds, keeps finished cells, and writes one report', async () => {
    const first = await compare('--arm', 'gumbel: distillation.objective.options.relaxation=gumbel-softmax');
    expect(first).toMatchObject({ code: 0, out: `${inFolder('compare', 'report.html')}\n` });
    const lines = (await readFile(inFolder('compare', 'compare.jsonl'), 'utf8')).trim().split('\n').slice(1);
    const cells = lines.map(
      (line) => JSON.parse(line) as { arm: string; seed: number; updates: number; passes: number },
    );
    expect(cells.map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(
      [1, 2].flatMap((seed) => ['teacher', 'idlm', 'continued-training', 'gumbel'].map((arm) => `${arm} ${seed}`)),
    );
    // Three updates of IDLM are 27 passes; training on costs 3 an update.
    expect(cells[1]).toMatchObject({ updates: 3, passes: 27 });
    expect(cells[2]).toMatchObject({ updates: 9, passes: 27 });
    const { summaries } = JSON.parse(await readFile(inFolder('compare', 'report.json'), 'utf8'));
    expect(summaries).toHaveLength(5);
    expect(summaries[2]).toMatchObject({ arm: 'idlm', steps: 2, seeds: 2 });
    const html = await readFile(inFolder('compare', 'report.html'), 'utf8');
    for (const words of ['At 2 steps:', '<tr class="real"><td>held-out text</td>', '<g class="real">'])
      expect(html).toContain(words);
    expect(first.err).toMatch(/\nheld-out text +–/);
    expect((await idlm('report', inFolder('compare'))).code).toBe(0);
    expect(await readFile(inFolder('compare', 'report.html'), 'utf8')).toBe(html);
    // Interrupted within a line, it judges the cut cell again, whose model is made, and trains nothing.
    const kept = `${[...(await readFile(inFolder('compare', 'compare.jsonl'), 'utf8')).split('\n').slice(0, -2)].join('\n')}\n{"arm":"gum`;
    await writeFile(inFolder('compare', 'compare.jsonl'), kept);
    const again = await compare('--arm', 'gumbel: distillation.objective.options.relaxation=gumbel-softmax');
    expect([again.code, again.err]).toEqual([0, expect.not.stringContaining('Seed 2')]);
    expect((await readFile(inFolder('compare', 'compare.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(9);
  });

  it.each([
    [['--objectives', 'idlm,sdt'], 'did you mean "sdtt"?'],
    [['--arm', 'warm: sampling.steps=9'], 'the arm "warm" sets sampling.steps=9: give that to all by --set.'],
    [['--arm', 'long: distillation.updates=9'], 'the arm "long" sets distillation.updates=9'],
    [['--arm', 'slow'], 'An arm is "name: field=value field=value"; "slow" was given.'],
    [['--arm', 'idlm: distillation.fakeUpdates=2'], 'Two arms are called "idlm"'],
    [['--passes', '2', '--out', 'nowhere'], 'a budget of 2 is too small'],
    [['--set', 'teacher.updates=5'], 'holds a comparison with other settings'],
  ])('refuses %j', async (more, sentence) => {
    const { code, err } = await compare(...more);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(
      err
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error')),
    ).toHaveLength(1);
  });
});

describe('verify', () => {
  const small = ['verify', '--vocab', '2', '--length', '2', '--starts', '2'];

  it('shows that the objective is the divergence and that its descent ends at p*', async () => {
    const { code, out } = await idlm(...small, '--svg', inFolder('descents.svg'), '--json');
    expect(code).toBe(0);
    const { checked, equal, arrived } = JSON.parse(out);
    expect([checked.length, equal, arrived]).toEqual([4, 4, 4]);
    expect(await readFile(inFolder('descents.svg'), 'utf8')).toMatch(/^<svg[\s\S]*uniform[\s\S]*<\/svg>/);
    const table = await idlm(...small, '--process', 'absorbing');
    expect(table.out.split('\n')[1]).toMatch(/^absorbing +1 +\d\.\d{6}/);
  });

  it.each([
    [['--vocab', '30', '--length', '3'], 'at most 10000 states'],
    [['--steps', '100000'], 'would take long; lower --starts'],
    [['--svg', 'picture.png'], '--svg takes a file that ends in .svg'],
  ])('refuses %j', async (more, sentence) => {
    const { code, err } = await idlm(...small, ...more);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

describe('mistakes end with code 2 and one sentence', () => {
  it.each([
    [['tarin'], 'did you mean "train"?'],
    [['train', 'techer'], 'trains a teacher or a scorer; "techer" was given'],
    [['train', '--stpes', '3'], "unknown option '--stpes'"],
    [['train', '--set', 'teacher.update=3'], 'did you mean "updates"?'],
    [['train', '--preset', 'duo-publishd'], 'did you mean "duo-published"?'],
    [
      ['init', '/nowhere.yaml', '--preset', 'gpt'],
      'There is no preset named "gpt"; choose one of d3pm, d3pm-published',
    ],
    [['train', '--set', 'data.corpus=/nowhere.txt'], 'The corpus /nowhere.txt does not exist'],
    [['train', '--engine', 'wsam'], 'engine'],
    [['distill'], "required option '-t, --teacher <folder>' not specified"],
    [['distill', '--teacher', '/nowhere'], '/nowhere does not exist; name a model folder'],
    [['sample', '--model', '/nowhere'], '/nowhere does not exist; name a model folder'],
    [['eval'], 'Nothing to evaluate'],
    [['reproduce', '/nowhere.json'], '/nowhere.json does not exist'],
    [['report', '/nowhere'], '/nowhere does not exist; name what'],
    [['train', '--resume', '--out', '/nowhere/run'], 'holds no run'],
  ])('%j', async (argv, message) => {
    const { code, err } = await idlm(...argv);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it('refuses to overwrite a run, and text that the tokenizer lacks', async () => {
    const again = await onText('train', '--out', inFolder('teacher'));
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('holds a run already; go on with --resume')]);
    await writeFile(inFolder('other.txt'), 'ab😀'.repeat(100));
    await onText('train', '--out', inFolder('plain'), '--set', 'data.normalise=none', '--set', 'teacher.updates=1');
    const foreign = await idlm(
      'distill',
      '--teacher',
      inFolder('plain'),
      '--out',
      inFolder('x'),
      ...tiny,
      '--set',
      'data.normalise=none',
      '--set',
      `data.corpus=${inFolder('other.txt')}`,
    );
    expect([foreign.code, foreign.err]).toEqual([2, expect.stringContaining('has no character "😀" (U+1F600)')]);
  });

  it('refuses a damaged model', async () => {
    await cp(inFolder('student'), inFolder('damaged'), { recursive: true });
    const weights = inFolder('damaged', 'checkpoints', 'step-3', 'model.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 999));
    const { code, err } = await idlm('sample', '--model', inFolder('damaged'), ...tiny.slice(0, 2));
    expect([code, err]).toEqual([2, expect.stringContaining('is no valid safetensors file')]);
  });
});

describe('help', () => {
  it.each([
    '',
    'train',
    'distill',
    'sample',
    'eval',
    'reproduce',
    'compare',
    'verify',
    'report',
    'engine install',
    'engine info',
    'quickstart',
    'init',
  ])('idlm %s --help has an example', async (command) => {
    const { code, out } = await idlm(...command.split(' ').filter(Boolean), '--help');
    expect([code, out]).toEqual([0, expect.stringContaining('Example')]);
  });

  it('prints shell completion', () => {
    const argv = ['-C', '@idlm/source', '--import', 'tsx', join(__dirname, 'main.ts'), 'complete', 'bash'];
    expect(execFileSync(process.execPath, argv, { encoding: 'utf8' })).toContain('bash completion for idlm');
  });
});

it('init writes a configuration that train reads', async () => {
  const path = inFolder('idlm.yaml');
  expect((await idlm('init', path)).out.trim()).toBe(path);
  expect((await idlm('init', path)).code).toBe(2);
  expect(JSON.parse((await idlm('init', path, '--force', '--json')).out)).toEqual({ path });
  expect((await idlm('train', '--config', path, '--dry-run', '--engine', 'wasm')).code).toBe(0);
});

describe('presets', () => {
  it('are listed by the help of init and train, which trains what they name', async () => {
    for (const command of ['init', 'train'])
      expect((await idlm(command, '--help')).out).toMatch(
        /Presets:\n {2}d3pm [\s\S]* {2}duo-published {2,}Duo as published/,
      );
    const { code } = await onText('train', '--preset', 'sedd-uniform', '--out', inFolder('scores'));
    expect(code).toBe(0);
    const config = JSON.parse(await readFile(inFolder('scores', 'config.resolved.json'), 'utf8')) as { family: object };
    expect(config.family).toMatchObject({ name: 'sedd', options: { process: 'uniform' } });
  });

  it('go before an idlm.yaml that lies here, not before one that is named', async () => {
    const before = process.cwd();
    await mkdir(inFolder('here'));
    await writeFile(inFolder('here', 'idlm.yaml'), 'model: {hidden: 48}');
    const parameters = async (...argv: string[]) => {
      const { out } = await idlm('train', '--dry-run', '--json', '--engine', 'wasm', ...argv);
      return (JSON.parse(out) as { parameters: number }).parameters;
    };
    try {
      process.chdir(inFolder('here'));
      const [lying, preset] = [await parameters(), await parameters('--preset', 'mdlm')];
      expect(preset).toBeGreaterThan(lying);
      expect(await parameters('--preset', 'mdlm', '--config', 'idlm.yaml')).toBe(lying);
    } finally {
      process.chdir(before);
    }
  });
});
