import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashWeights } from '@idlm/denoiser/node';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const set = (...settings: readonly string[]) => settings.flatMap((setting) => ['--set', setting]);
const wasm = ['--engine', 'wasm'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'card-'));
  const training = [
    'distillation.updates=1',
    'distillation.batch=2',
    'distillation.guard=null',
    'logs.samplesEvery=null',
  ];
  await idlm('distill', '--teacher', TEACHER, '--out', inFolder('student'), ...wasm, ...set(...training));
  const sweep = ['evaluation.samples=4', 'evaluation.studentSteps=[1, 2]', 'scorers.nGramOrder=3'];
  const evaluated = await idlm(
    ...['eval', '--student', inFolder('student'), '--out', inFolder('eval'), ...wasm, ...set(...sweep)],
  );
  expect([evaluated.code, evaluated.err]).toEqual([0, expect.anything()]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the card of a student', () => {
  it('says how it was made, and what was measured, with the record beside it', async () => {
    const { code, err } = await idlm(
      ...['convert', inFolder('student'), inFolder('model'), '--evaluation', inFolder('eval')],
    );
    expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
    const card = await readFile(inFolder('model', 'README.md'), 'utf8');
    expect(card).toContain(`| teacher's weights (sha256) | ${await hashWeights(TEACHER)} |`);
    for (const fact of ['| role | student |', '| updates | 1 |', '| objective | idlm ', '| seed | '])
      expect(card).toContain(fact);
    const manifest = JSON.parse(await readFile(inFolder('model', 'evaluation.json'), 'utf8'));
    const { rows: measured } = JSON.parse(await readFile(inFolder('eval', 'manifest.json'), 'utf8'));
    expect(manifest.rows).toEqual(measured);
    expect(JSON.stringify(manifest)).not.toContain(folder);
    const rows = card.split('\n').filter((line) => /^\| [12] \| 1 \|/.test(line));
    expect(rows).toHaveLength(2);
    const [first] = manifest.rows;
    const [scorer] = Object.keys(first.perplexity);
    expect(card).toContain(`perplexity (${scorer})`);
    expect(rows[0]).toContain(` ${Number(first.perplexity[scorer!].toPrecision(4))} `);
    expect(card).toContain('[evaluation.json](evaluation.json)');
  });

  it.each([
    ['another model', TEACHER, 'eval', 'is of other weights (student); name one of this model'],
    ['nothing', TEACHER, 'student', 'manifest.json'],
    ['no folder', TEACHER, 'none', 'holds no evaluation (manifest.json)'],
  ])('takes no numbers of %s', async (_, model, from, sentence) => {
    const { code, err } = await idlm('convert', model, inFolder('other'), '--evaluation', inFolder(from));
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
  });
});
