import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DRIFT_FACTOR } from '@idlm/evaluation';
import { readRun } from './read-run';

const report = {
  ...{ title: 'An evaluation', subtitle: 'wasm', rows: [], tolerance: 0.05, losses: {}, films: [], driftFactor: 3 },
  ...{ notes: ['Mind it.'], manifest: { seed: 7 } },
};
const comparison = {
  ...{ subtitle: 'two arms', summaries: [], teacher: 'teacher', compareAt: 8, tolerance: 0.03, work: [] },
  manifest: {},
};

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'read-run-'))));
afterAll(() => rm(folder, { recursive: true }));
/** Writes a file, and says where its folder is. */
async function written(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
  return dirname(join(folder, path));
}

it('an evaluation is known by its films, in its folder or by its file', async () => {
  const path = await written('eval/report.json', JSON.stringify(report));
  for (const one of [path, join(path, 'report.json')])
    expect(await readRun(one)).toEqual({ kind: 'evaluation', data: report });
});

it('a comparison is known by its summaries', async () => {
  const path = await written('arms/report.json', JSON.stringify(comparison));
  expect(await readRun(path)).toEqual({ kind: 'comparison', report: comparison });
});

it('of a sweep alone the rest of a report is what holds by default', async () => {
  const path = await written('quick/sweep.json', JSON.stringify({ rows: [] }));
  expect(await readRun(path)).toEqual({
    kind: 'evaluation',
    data: {
      ...{ title: 'Evaluation', subtitle: '', tolerance: 0.03, losses: {}, films: [], driftFactor: DRIFT_FACTOR },
      ...{ manifest: {}, rows: [] },
    },
  });
});

it('of several records in a folder the report is shown', async () => {
  await written('all/sweep.json', '{"rows":[]}');
  const path = await written('all/report.json', JSON.stringify(report));
  expect(await readRun(path)).toMatchObject({ data: { title: 'An evaluation' } });
});

it.each([
  ['no JSON', '{"rows":'],
  ['no record', '[1]'],
  ['a record without what each has', JSON.stringify({ ...report, tolerance: undefined })],
  ['a record with something else in a place', JSON.stringify({ ...report, films: 'none' })],
  ['a comparison with arms of nothing', JSON.stringify({ ...comparison, summaries: [{}] })],
  ['a sweep with rows of nothing', '{"rows":[{}]}'],
])('%s is refused in one sentence that names the file', async (name, text) => {
  const path = await written(`${name}/report.json`, text);
  const { message } = await readRun(path).then(
    () => ({ message: 'It was read.' }),
    (error: Error) => error,
  );
  expect(message).toContain(join(path, 'report.json'));
  expect(message).toMatch(/^[^\n]+; name what "idlm eval", [^\n]+ wrote: its folder, or its report\.json\.$/);
});

it('a file of something else, an empty folder and nothing at all are refused', async () => {
  const other = join(await written('other/package.json', '{"name":"x"}'), 'package.json');
  await mkdir(join(folder, 'empty'));
  for (const path of [other, join(folder, 'empty')])
    await expect(readRun(path)).rejects.toThrow(`${path} holds no results that a report shows; name what`);
  await expect(readRun(join(folder, 'none'))).rejects.toThrow(`${join(folder, 'none')} does not exist; name what`);
});
