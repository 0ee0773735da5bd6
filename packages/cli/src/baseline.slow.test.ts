import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TINY_FILE, idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const onText = (...argv: string[]) => idlm(...argv, ...tiny, '--set', `data.corpus=${inFolder('text.txt')}`);
const linesOf = (text: string) => text.split('\n').filter(Boolean);
const write = (...argv: string[]) => idlm('sample', '--model', inFolder('scorer'), ...argv, ...tiny.slice(0, 2));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baseline-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  await onText('train', 'scorer', '--out', inFolder('scorer'));
  await onText('train', '--out', inFolder('teacher'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('sample with a scorer', () => {
  it('writes texts that follow from the seed, a token at each step', async () => {
    const { code, out } = await write('--count', '3');
    expect(code).toBe(0);
    expect(linesOf(out)).toHaveLength(3);
    for (const line of linesOf(out)) expect(line).toMatch(/^[ a-z]{12}$/);
    expect((await write('--count', '3', '--config', TINY_FILE)).out).toBe(out);
    expect((await write('--count', '3', '--seed', '2')).out).not.toBe(out);
    const results = linesOf((await write('--count', '3', '--json')).out).map((line) => JSON.parse(line) as object);
    const by = { role: 'scorer', family: 'ar', runtime: 'wasm', steps: 12, networkCalls: 11 };
    expect(results).toEqual(linesOf(out).map((text, sample) => ({ sample, text, ...by })));
  });

  it('shows the text as it grows, and goes on from a prompt', async () => {
    const [whole] = linesOf((await write('--count', '1')).out);
    const frames = linesOf((await write('--count', '1', '--frames', '--json')).out);
    const texts = frames.map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts).toEqual(Array.from({ length: 12 }, (_, step) => whole!.slice(0, step + 1).trimEnd()));
    const prompted = linesOf((await write('--prompt', 'the', '--length', '8', '--count', '5')).out);
    expect(prompted).toHaveLength(5);
    for (const line of prompted) expect(line).toMatch(/^the[ a-z]{5}$/);
  });

  it('shapes the first token too: the likeliest alone is the commonest of the text', async () => {
    const { out } = await write('--set', 'sampling.topK=1', '--count', '4');
    expect(new Set(linesOf(out)).size).toBe(1);
    expect(out.startsWith(' ')).toBe(true);
  });

  it('refuses a number of steps, and a folder without first tokens unless a prompt brings them', async () => {
    for (const others of [
      ['--steps', '3'],
      ...['sampling.spacing=cosine', 'sampling.steps=3', 'family=duo'].map((one) => ['--set', one]),
    ]) {
      const { code, err } = await write(...others);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^error: --\S+( \S+)?: it would change nothing here: an auto/),
      ]);
      expect(err).toContain(
        'an autoregressive model has no kind of diffusion, and writes one token per step; leave it out.',
      );
    }
    await cp(inFolder('scorer'), inFolder('older'), { recursive: true });
    await rm(inFolder('older', 'checkpoints', 'step-2', 'first-token.json'));
    const older = ['sample', '--model', inFolder('older'), ...tiny.slice(0, 2)];
    const { code, err } = await idlm(...older);
    expect([code, err]).toEqual([2, expect.stringContaining('has no first-token.json')]);
    expect((await idlm(...older, '--prompt', 'the ')).code).toBe(0);
  });
});

describe('eval --baseline', () => {
  const models = (...more: string[]) => [
    ...['--baseline', inFolder('scorer'), '--scorer', inFolder('scorer')],
    ...more,
  ];

  it('puts the baseline in the table of the others, says what it is, and reproduces its numbers', async () => {
    const { code, err } = await onText('eval', ...models('--teacher', inFolder('teacher'), '--out', inFolder('eval')));
    expect([code, err]).toEqual([0, expect.stringContaining('Held-out text under the baseline: perplexity')]);
    const { rows, bounds } = JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8'));
    expect(rows).toHaveLength(3);
    expect(rows[2]).toMatchObject({ model: 'baseline', steps: 12, networkCalls: 11, evaluationsPerSample: 11 });
    // Two updates teach next to nothing: all but evenly over 27 tokens, each of one byte.
    expect(bounds.baseline.nll).toBeCloseTo(Math.log(27), 1);
    expect(bounds.baseline.bitsPerByte).toBeCloseTo(bounds.baseline.nll / Math.LN2, 12);
    const html = await readFile(inFolder('eval', 'report.html'), 'utf8');
    for (const words of [
      'The baseline is autoregressive: it writes from left to right',
      'It is also the autoregressive judge',
    ])
      expect(html).toContain(words);
    expect((await idlm('reproduce', inFolder('eval', 'manifest.json'))).out).toContain('all numbers of 3 rows');
  });

  it('takes it alone too', async () => {
    expect((await onText('eval', ...models('--out', inFolder('alone')))).code).toBe(0);
    const { rows } = JSON.parse(await readFile(inFolder('alone', 'manifest.json'), 'utf8'));
    expect(rows).toHaveLength(1);
  });

  it('warns of each setting for models that are not given', async () => {
    const idle = [
      'evaluation.teacherSteps=[4]',
      'evaluation.studentSteps=[2]',
      'sampling.sampler=ancestral',
      'family=duo',
    ];
    const { code, err } = await onText(
      'eval',
      ...models('--out', inFolder('idle')),
      ...idle.flatMap((setting) => ['--set', setting]),
    );
    expect(code).toBe(0);
    for (const setting of idle)
      expect(err).toContain(`warning: --set ${setting.split('=')[0]}: it would change nothing here: `);
  });

  it('refuses a diffusion model in its place', async () => {
    const { code, err } = await onText('eval', '--baseline', inFolder('teacher'), '--out', inFolder('never'));
    expect([code, err]).toEqual([2, expect.stringContaining('is a diffusion model; an autoregressive one is wanted')]);
  });
});
