import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-grid-'));
  await writeFile(inFolder('text.txt'), 'a bee and a sea and the tree be '.repeat(20));
  const corpus = ['--set', `data.corpus=${inFolder('text.txt')}`];
  expect((await idlm('train', ...tiny, ...corpus, '--out', inFolder('teacher'))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

const engine = tiny.slice(0, 2);
const searched = (...more: string[]) => searchedOf(inFolder('teacher'), ...more);
const searchedOf = (model: string, ...more: string[]) =>
  idlm(
    ...['search-grid', '--model', model, '--rounds', '1', '--tries', '2', '--json', ...engine],
    ...['--set', 'evaluation.samples=8', ...more],
  );

it('finds a grid, says whether chance may have made it, and writes it for idlm sample', async () => {
  const file = inFolder('grids/best.yaml');
  const { code, out, err } = await searched('--steps', '3', '--out', file);
  expect([code, err]).toEqual([0, expect.stringMatching(/Under n-gram its perplexity is [0-9]/)]);
  // The usual grids and one round.
  const found = JSON.parse(out) as { readonly spacing: number[] };
  expect(found).toMatchObject({ file, steps: 3, tried: 8 });
  const { sampling } = parse(await readFile(file, 'utf8')) as { sampling: { spacing: number[] } };
  expect(sampling).toMatchObject({ steps: 3, spacing: found.spacing });
  expect([sampling.spacing.length, sampling.spacing[0]]).toEqual([4, 1]);

  const texts = (...more: string[]) => idlm('sample', '--model', inFolder('teacher'), '-n', '2', ...engine, ...more);
  const listed = ['--set', `sampling.spacing=${JSON.stringify(sampling.spacing)}`, '--steps', '3'];
  const asFound = await texts('--config', file);
  expect([asFound.code, asFound.out]).toEqual([0, (await texts(...listed)).out]);

  const again = await searched('--steps', '3', '--out', file);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('is there already; name another with --out')]);
});

it('saves a grid that is better with other noise in the folder of the model, which is then written on it, and no other', async () => {
  const model = inFolder('saved');
  await cp(inFolder('teacher'), model, { recursive: true });
  const search = (...more: string[]) => searchedOf(model, '--steps', '3', '--seed', '5', '--save', ...more);
  // Another grid has another entropy.
  const strict = await search('--set', 'evaluation.tolerance=0', '--out', inFolder('strict.yaml'));
  expect([strict.code, strict.err]).toEqual([0, expect.stringContaining('goes on without it')]);
  const { code, out, err } = await search('--set', 'evaluation.tolerance=0.5', '--out', inFolder('saved.yaml'));
  expect([code, err]).toEqual([0, expect.stringContaining('is now sampled on it at 3 steps')]);
  const { saved, spacing } = JSON.parse(out) as { readonly saved: string; readonly spacing: number[] };
  expect(JSON.parse(await readFile(saved, 'utf8'))).toEqual({ time_grids: [spacing] });

  const texts = async (...more: string[]) => {
    const sampled = await idlm('sample', '--model', model, '-n', '4', '--steps', '3', ...engine, ...more);
    return { ...sampled, err: sampled.err.includes('recommends a time grid of 3 steps') };
  };
  const listed = await texts('--set', `sampling.spacing=${JSON.stringify(spacing)}`);
  expect(await texts()).toEqual({ ...listed, err: true });
  expect(listed.err).toBe(false);

  await mkdir(inFolder('shell'));
  await writeFile(inFolder('shell/index.html'), '<!doctype html>');
  const page = ['page', inFolder('page'), '--teacher', model, '--shell', inFolder('shell')];
  expect(await idlm(...page)).toMatchObject({ code: 0 });
  const { models } = JSON.parse(await readFile(inFolder('page/page.json'), 'utf8')) as { models: object[] };
  expect(models).toMatchObject([{ name: 'teacher', recommended: { spacing: [spacing] } }]);
});

it.each([
  [['--steps', '0'], '--steps takes a whole number, at least 1'],
  [['--rounds', 'many'], '--rounds takes a whole number'],
  [['--set', 'sampling.spacing=cosine'], '"idlm search-grid" does not read it'],
  [['--set', 'sampling.spacing=[0.5,0.7]'], 'entry 1 is 0.7 after 0.5'],
])('refuses %j', async (more, sentence) => {
  const { code, err } = await searched('--out', inFolder('none.yaml'), ...more);
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
});

it('measures what a sampler takes of entropy, in the table and the report', async () => {
  const { code, err } = await idlm(
    ...['eval', '--teacher', inFolder('teacher'), '--out', inFolder('eval'), ...engine],
    ...['--set', 'sampling.sampler=remdm', '--set', 'sampling.sampler.options.eta=0.5'],
    ...['--set', 'evaluation.samples=8', '--set', 'evaluation.teacherSteps=[4]', '--set', 'evaluation.compareAt=4'],
  );
  expect([code, err]).toEqual([0, expect.stringContaining('entropy lost is that of ancestral-cached')]);
  const { rows } = JSON.parse(await readFile(inFolder('eval/manifest.json'), 'utf8')) as { rows: object[] };
  expect(rows).toMatchObject([{ entropyLoss: { reference: 'ancestral-cached' } }]);
  expect(await readFile(inFolder('eval/report.html'), 'utf8')).toContain('entropy lost');
});
