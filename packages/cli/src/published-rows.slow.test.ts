import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultManifest } from '@idlm/evaluation';
import { PUBLISHED_LINES } from '@idlm/recipe/evaluation';
import { createProgram } from './program';
import { idlm } from '../test/command-line';
import { publishAll } from '../test/published-folder';

const GPT2 = join(__dirname, '../../denoiser/test/fixtures/gpt2');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'published-rows-'));
  await publishAll(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const published = (row: string, model: string, ...more: string[]) =>
  idlm(
    ...['reproduce', '--published', row, '--model', model, '--scorer', GPT2, '--corpus', inFolder('text.txt')],
    ...['--samples', '4', '--engine', 'wasm', '--out', inFolder(row), ...more],
  );

describe('a published row', () => {
  it.each([
    ['idlm-mdlm', 'mdlm', 16, { name: 'ancestral-cached', options: { last: 'ancestral' } }],
    ['idlm-dcd', 'duo', 4, { name: 'ancestral', options: { last: 'greedy' } }],
  ])('%s is run by its recipe, ours beside the paper’s, marked which is which', async (name, model, steps, sampler) => {
    const { code, err } = await published(name, inFolder(model));
    expect([code, err]).toEqual([0, expect.stringMatching(/\nours +\d+ .*\nthe paper +\d+ /)]);
    const { paper } = PUBLISHED_LINES.find((row) => row.name === name)!;
    expect(err).toContain(`${paper.entropy.toFixed(2)}`);
    expect(err).toContain('The paper: IDLM, arXiv 2602.19066');
    expect(err).toContain(
      "These numbers do not compare: the paper's judge is gpt2-large, and this one is another (gpt2).",
    );
    expect(err).toContain('has 170 M weights and writes 1024 tokens, and this one has 1 M and writes 8.');
    expect(err).not.toContain('lies within');
    const manifest = JSON.parse(await readFile(inFolder(name, 'manifest.json'), 'utf8')) as ResultManifest;
    expect(manifest.rows.map((row) => [row.model, row.steps, row.samples])).toEqual([['student', steps, 4]]);
    expect(manifest.models['student']!.sampler).toMatchObject(sampler);
    expect(manifest.config).toMatchObject({ data: { tokenizer: 'gpt2', windowEnds: true, length: 8 } });
    expect(manifest.rows[0]!.mauve).toHaveProperty('gpt2');
  });

  it('comes as JSON, and its evaluation is reproduced as any', async () => {
    const { out } = await published('idlm-mdlm', inFolder('mdlm'), '--json', '--seed', '3');
    const { published: row, ours, judge, problems } = JSON.parse(out);
    expect(row).toMatchObject({
      name: 'idlm-mdlm',
      steps: 16,
      paper: { perplexity: 32.75, entropy: 5.42, mauve: 0.93 },
    });
    expect(ours.likelihood[judge].intervals.perplexity).toHaveLength(2);
    expect(problems).toHaveLength(2);
    const again = await idlm('reproduce', inFolder('idlm-mdlm'));
    expect(again.out).toContain('all numbers of 1 rows are reproduced');
  });

  it('is refused in one sentence that says all that is missing, and by its nearest name', async () => {
    const missing = await idlm('reproduce', '--published', 'idlm-mdlm');
    expect([missing.code, missing.err]).toEqual([
      2,
      expect.stringContaining(
        'The published row idlm-mdlm needs its weights (--model kekchpek/idlm-mdlm, or their folder), its judge (--scorer openai-community/gpt2-large, or its folder), text of OpenWebText (--corpus FILE); nothing is fetched that is not named.',
      ),
    ]);
    const mistyped = await idlm('reproduce', '--published', 'idlm-mdl');
    expect([mistyped.code, mistyped.err]).toEqual([2, expect.stringContaining('did you mean "idlm-mdlm"?')]);
    const judged = ['--model', inFolder('mdlm'), '--scorer', inFolder('mdlm'), '--corpus', inFolder('text.txt')];
    const { code, err } = await idlm('reproduce', '--published', 'idlm-mdlm', ...judged);
    expect([code, err]).toEqual([2, expect.stringContaining('is no GPT-2, and published rows are judged by one')]);
  });

  it.each([
    [[], 'Name the manifest.json of an evaluation, or a published row'],
    [['runs/eval', '--published', 'duo'], 'are named; name one of them'],
    [['runs/eval', '--samples', '3'], '--samples is for a published row'],
    [['--published', 'duo', '--tolerance', '0.1'], '--tolerance is for a manifest'],
  ])('and a manifest exclude each other: %j', async (argv, message) => {
    const { code, err } = await idlm('reproduce', ...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('is named in the help of its flag', () => {
    const program = createProgram({} as never);
    const help = program.commands.find((command) => command.name() === 'reproduce')!.helpInformation();
    for (const { name } of PUBLISHED_LINES) expect(help).toContain(name);
  });
});
