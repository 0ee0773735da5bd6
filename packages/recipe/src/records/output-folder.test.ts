import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OutputKind, contentOf, keepEvaluation, openOutput } from './output-folder';

let parent: string;
let path: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'output-'));
  path = join(parent, 'out');
});
afterEach(() => rm(parent, { recursive: true }));

async function hold(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
}

const evaluation = { 'manifest.json': '{"format":1,"rows":[]}', 'report.html': '', 'plot.svg': '' };
const run = { 'config.resolved.json': '{}', 'manifest.json': '{"seed":1}' };

describe('contentOf', () => {
  it.each<[string | undefined, Readonly<Record<string, string>>]>([
    [undefined, {}],
    [undefined, { 'run.lock': '' }],
    [undefined, { 'run.lock.12-0': '', 'manifest.json.tmp-12-0': '' }],
    ['run', run],
    ['evaluation', evaluation],
    ['comparison', { 'compare.jsonl': '', 'seed-1/teacher/model.safetensors': '' }],
    ['quickstart', { 'sweep.json': '{}', 'teacher/model.safetensors': '' }],
    ['quickstart', { 'teacher/model.safetensors': '' }],
    ['other files', { 'teacher/config.resolved.json': '{}' }],
    ['model', { 'model.safetensors': '', 'config.json': '{}' }],
    ['model', { 'model.safetensors.index.json': '{}' }],
    ['other files', { 'thesis.txt': '' }],
  ])('finds %s', async (what, files) => {
    await hold(files);
    expect(await contentOf(path)).toBe(what);
  });

  it.each(['null', '[1,2]', '{}', '{"rows":3}', '{"format":1,"ro', ''])(
    'names a manifest that is damaged where nothing else tells: %j',
    async (text) => {
      await hold({ 'manifest.json': text, 'report.html': '' });
      const sentence = `${join(path, 'manifest.json')} is damaged, or no record of an evaluation; put back what was written`;
      await expect(contentOf(path)).rejects.toThrow(sentence);
      await expect(openOutput({ path, kind: 'evaluation', again: true })).rejects.toMatchObject({ exitCode: 2 });
      expect((await readdir(path)).sort()).toEqual(['manifest.json', 'report.html']);
    },
  );

  it('names a manifest that is a folder', async () => {
    await hold({ 'manifest.json/x': '' });
    await expect(contentOf(path)).rejects.toThrow('manifest.json is a folder where a file should be; put back');
  });
});

describe('keepEvaluation', () => {
  it('moves an evaluation to the first free number beside its folder, and nothing else', async () => {
    await mkdir(`${path}-1`);
    await hold(evaluation);
    expect(await keepEvaluation(`${path}/`)).toBe(`${path}-2`);
    expect([await readdir(path), (await readdir(`${path}-2`)).sort()]).toEqual([
      ['plot.svg'],
      ['manifest.json', 'report.html'],
    ]);
    expect(await keepEvaluation(path)).toBeUndefined();
    await hold({ 'manifest.json': '{}' });
    expect(await keepEvaluation(path)).toBeUndefined();
  });
});

describe('openOutput', () => {
  const open = (kind: OutputKind, again = false) => openOutput({ path, kind, again });

  it('is locked until it is closed, and leaves no empty folder', async () => {
    const output = await open('evaluation');
    await expect(open('evaluation')).rejects.toThrow(`Process ${process.pid}`);
    expect(await readdir(path)).toEqual(['run.lock']);
    await output.close();
    expect(await readdir(parent)).toEqual([]);
  });

  it('keeps a folder that was there, and what was written', async () => {
    await mkdir(path);
    await (await open('evaluation')).close();
    expect(await readdir(parent)).toEqual(['out']);
    const output = await open('evaluation');
    await hold(evaluation);
    await output.close();
    expect(await readdir(path)).toEqual(['manifest.json', 'plot.svg', 'report.html']);
  });

  it('takes an earlier result of its kind again only where that is asked for', async () => {
    await hold(evaluation);
    await expect(open('evaluation')).rejects.toThrow('holds an evaluation already; replace it with --force');
    await (await open('evaluation', true)).close();
    expect(await readdir(path)).toHaveLength(3);
  });

  it.each([
    ['a run', run],
    ['a comparison', { 'compare.jsonl': '' }],
    ['other files', { 'thesis.txt': 'precious' }],
  ])('never takes %s', async (what, files) => {
    await hold(files);
    await expect(open('evaluation', true)).rejects.toThrow(
      `holds ${what}, which an evaluation does not replace; name another folder with --out.`,
    );
    expect((await readdir(path)).sort()).toEqual(Object.keys(files).sort());
  });

  it('refuses a file', async () => {
    await writeFile(path, '');
    await expect(open('quickstart', true)).rejects.toThrow(`${path} is a file; name a folder with --out.`);
  });
});
