import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

/** Content of each file of a folder, by path. */
async function contents(name: string): Promise<Record<string, string>> {
  const entries = await readdir(inFolder(name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = files.map(async (path) => [path, (await readFile(path)).toString('latin1')] as const);
  return Object.fromEntries(await Promise.all(found));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damaged-runs-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const text = ['--set', `data.corpus=${inFolder('text.txt')}`, '--set', 'teacher.validation.every=3'];
  expect((await idlm('train', '--out', inFolder('teacher'), ...tiny, ...text)).code).toBe(0);
  // What an interrupt leaves: three of six updates.
  await rm(inFolder('teacher', 'checkpoints', 'step-6'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const CHECKPOINT = join('checkpoints', 'step-3');

/** Changes a file of the checkpoint, and its record with it, so that nothing shows but what it holds. */
async function rewrite(run: string, name: string, change: (bytes: Buffer) => Buffer | string): Promise<void> {
  const path = inFolder(run, CHECKPOINT, name);
  const bytes = Buffer.from(change(await readFile(path)));
  await writeFile(path, bytes);
  const manifest = inFolder(run, CHECKPOINT, 'manifest.json');
  const record = JSON.parse(await readFile(manifest, 'utf8')) as { files: Record<string, object> };
  record.files[name] = { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  await writeFile(manifest, JSON.stringify(record));
}

/** Changes a value of the checkpoint's state. */
const restate = (change: (state: Record<string, unknown>) => object) => (run: string) =>
  rewrite(run, 'state.json', (bytes) => JSON.stringify(change(JSON.parse(bytes.toString()) as never)));

describe('a run that is gone on with', () => {
  it.each<[string, (run: string) => Promise<unknown>, string]>([
    [
      'metrics with a foreign line',
      async (run) => {
        const path = inFolder(run, 'metrics.jsonl');
        await writeFile(path, (await readFile(path, 'utf8')).replace('\n', '\na note\n'));
      },
      'Line 2 of ',
    ],
    [
      'metrics with a note at their end',
      (run) => appendFile(inFolder(run, 'metrics.jsonl'), 'a note\n'),
      'is no line of metrics, and the 0 behind it would be lost; remove that line and resume.',
    ],
    [
      'a folder for the name of its last checkpoint',
      async (run) => {
        await rm(inFolder(run, 'checkpoints', 'latest'));
        await mkdir(inFolder(run, 'checkpoints', 'latest'));
      },
      'checkpoints/latest is a folder where the name of the last checkpoint should be; delete it.',
    ],
    ['a state of no step', restate((state) => ({ ...state, step: '3' })), 'damaged state.json (step); go on from'],
    ['a state without updates', restate((state) => ({ ...state, updates: undefined })), 'damaged state.json (updates)'],
    [
      'a state without the updates of a role',
      restate((state) => ({ ...state, updates: {} })),
      'damaged state.json (updates.teacher)',
    ],
    [
      'a state with a guard of other types',
      restate((state) => ({ ...state, guard: { checked: 'x' } })),
      'state.json (guard)',
    ],
    ['a state without identity', restate((state) => ({ ...state, identity: undefined })), 'state.json (identity)'],
    [
      'moments that are cut',
      (run) => rewrite(run, 'teacher.second.safetensors', (bytes) => bytes.subarray(0, 900)),
      'teacher.second.safetensors',
    ],
    [
      'weights of other sizes',
      (run) => rewrite(run, 'teacher.weights.safetensors', (bytes) => bytes.toString('latin1').replace('F32', 'F64')),
      'teacher.weights.safetensors',
    ],
  ])('is refused in one sentence and left as it is for %s', async (_, damage, sentence) => {
    await rm(inFolder('damaged'), { recursive: true, force: true });
    await cp(inFolder('teacher'), inFolder('damaged'), { recursive: true });
    await damage('damaged');
    const before = await contents('damaged');
    const { code, err } = await idlm('train', '--resume', '--out', inFolder('damaged'), ...tiny.slice(0, 2));
    const errors = err.split('\n').filter((line) => line.startsWith('error: '));
    expect([code, errors]).toEqual([2, [expect.stringContaining(sentence)]]);
    expect(err.trim().split('\n').at(-1)).toBe(errors[0]);
    expect(await contents('damaged')).toEqual(before);
  });
});

it.each([
  ['report', ['e', '--out', 'page.html'], 'page.html'],
  ['report', ['e', '--svg', 'plot.svg'], 'plot.svg'],
  ['verify', ['--starts', '1', '--steps', '1', '--svg', 'plot.svg'], 'plot.svg'],
  ['init', ['conf.yaml', '--force'], 'conf.yaml'],
])('a folder where %s is to write a file is named in one sentence', async (command, argv, name) => {
  await mkdir(inFolder('e'), { recursive: true });
  const data = { title: 'a', subtitle: '', rows: [], films: [], losses: {}, notes: [], manifest: {}, tolerance: 0.03 };
  await writeFile(inFolder('e', 'report.json'), JSON.stringify(data));
  await mkdir(inFolder(name), { recursive: true });
  const paths = argv.map((word) => (/^e$|\.(html|svg|yaml)$/.test(word) ? inFolder(word) : word));
  const { code, err } = await idlm(command, ...paths);
  expect([code, err]).toEqual([
    2,
    `error: ${inFolder(name)}: a folder is where a file should be; choose another place.\n`,
  ]);
  expect(await readdir(inFolder(name))).toEqual([]);
});
