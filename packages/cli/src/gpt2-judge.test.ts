import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultManifest } from '@idlm/evaluation';
import { idlm, tinyWith } from '../test/command-line';

const GPT2 = join(__dirname, '../../denoiser/test/fixtures/gpt2');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gpt2-judge-'));
  const sums = Array.from({ length: 60 }, (_, i) => [i % 10, Math.floor(i / 10)] as const);
  const rows = sums.map(([a, b]) => JSON.stringify({ q: `${a}+${b}=`, text: `#### ${a + b}` }));
  await writeFile(inFolder('sums.jsonl'), rows.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a GPT-2 judges what a model of characters writes, with MAUVE, intervals, costs and answers, again and again', async () => {
  const sections = {
    data: { corpus: inFolder('sums.jsonl'), promptField: 'q', normalise: 'none', heldOut: 0.4, length: 12 },
    evaluation: { samples: 12, mauve: true, exactMatch: 'gsm8k' },
  };
  const run = async (...argv: string[]) => idlm(...argv, ...(await tinyWith(inFolder('run.yaml'), sections)));
  expect(await run('train', '--out', inFolder('teacher'))).toMatchObject({ code: 0 });
  const evaluating = ['eval', '--teacher', inFolder('teacher'), '--out', inFolder('eval')];
  const refused = await run(...evaluating);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('give a GPT-2 (--scorer)')]);

  const { code, err } = await run(...evaluating, '--scorer', GPT2);
  expect([code, err]).toEqual([0, expect.stringContaining('MAUVE of 12 texts lies above that of more')]);
  const manifest = JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8')) as ResultManifest;
  const { rows, realText, bounds, models } = manifest;
  expect(models['scorer']!.weights).toMatch(/^[0-9a-f]{64}$/);
  for (const one of [...rows, realText!]) {
    const { tokens, bytes, intervals, bitsPerByte, nll } = one.likelihood!['gpt2']!;
    expect(bitsPerByte).toBeCloseTo((nll * tokens) / Math.LN2 / bytes, 9);
    expect(intervals.perplexity[0]).toBeLessThanOrEqual(one.perplexity['gpt2']!);
    expect(intervals.perplexity[1]).toBeGreaterThanOrEqual(one.perplexity['gpt2']!);
  }
  for (const { mauve, exactMatch, exactMatchInterval, seconds } of rows) {
    expect(mauve!['gpt2']).toBeGreaterThan(0);
    expect(mauve!['gpt2']).toBeLessThanOrEqual(1);
    expect(exactMatchInterval![0]).toBeLessThanOrEqual(exactMatch!);
    expect(seconds).toBeGreaterThan(0);
  }
  // Six updates teach next to nothing: all but evenly over 13 characters, to the chance of the estimate.
  const { nll, tokens, bytes, bitsPerByte, standardError } = bounds!['teacher']!;
  expect(Math.abs(nll - Math.log(13))).toBeLessThan(3 * standardError);
  expect(bitsPerByte).toBeCloseTo((nll * tokens!) / Math.LN2 / bytes!, 9);
  const html = await readFile(inFolder('eval', 'report.html'), 'utf8');
  for (const head of ['gpt2 ppl', 'gpt2 bits / byte', 'MAUVE (gpt2)', 'seconds', 'exact match'])
    expect(html).toContain(`<th>${head}</th>`);
  const again = await idlm('reproduce', inFolder('eval'));
  expect(again.out).toContain(`all numbers of ${rows.length} rows are reproduced (tolerance 0)`);
});
