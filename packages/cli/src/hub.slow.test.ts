import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalHub, localHub } from '@idlm/tools/local-hub';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');
const COMMIT = '3c'.repeat(20);
const before = { ...process.env };

let hub: LocalHub;
let folder: string;
beforeAll(async () => {
  hub = await localHub('hf_token');
  folder = await mkdtemp(join(tmpdir(), 'hub-command-'));
  Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'cache'), HF_TOKEN: 'hf_token' });
  const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(TEACHER, name))] as const));
  hub.repositories.set('org/teacher', { commit: COMMIT, files: Object.fromEntries(files) });
});
afterAll(async () => {
  process.env = before;
  await hub.close();
  await rm(folder, { recursive: true });
});

const snapshot = () => join(folder, 'cache', 'models--org--teacher', 'snapshots', COMMIT);

it('pull prints the folder of the model, which is that of any other', async () => {
  const { code, out } = await idlm('pull', 'org/teacher');
  expect([code, out]).toEqual([0, `${snapshot()}\n`]);
  const again = await idlm('pull', 'org/teacher', '--json');
  expect(JSON.parse(again.out)).toEqual({ folder: snapshot(), commit: COMMIT });
});

it('every command takes the name of a model where it takes its folder', async () => {
  const sampled = await idlm('sample', '--model', 'org/teacher', '--steps', '2', '--engine', 'wasm');
  expect([sampled.code, sampled.err]).toEqual([0, expect.stringContaining(`org/teacher is in ${snapshot()}.`)]);
  expect(sampled.out.length).toBeGreaterThan(10);
  const converted = await idlm('convert', 'hf:org/teacher', join(folder, 'half'), '--dtype', 'f16');
  expect([converted.code, converted.out]).toEqual([0, `${join(folder, 'half')}\n`]);
  const settings = [
    'distillation.updates=1',
    'distillation.batch=2',
    'distillation.guard=null',
    'logs.samplesEvery=null',
  ];
  const distilled = await idlm(
    ...['distill', '--teacher', `org/teacher@${COMMIT}`, '--engine', 'wasm', '--out', join(folder, 'student')],
    ...settings.flatMap((setting) => ['--set', setting]),
  );
  expect([distilled.code, distilled.err]).toEqual([0, expect.stringContaining('Distilling the student: 1/1')]);
});

it('push makes a repository of a run, and nothing of its training', async () => {
  const { code, out } = await idlm('push', join(folder, 'student'), 'me/student', '--private', '-m', 'First');
  expect([code, out]).toEqual([0, `${hub.endpoint}/commit\n`]);
  expect(hub.repositories.get('me/student')!.private).toBe(true);
  const pushed = Object.keys(hub.repositories.get('me/student')!.files).sort();
  expect(pushed).toEqual(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
  expect((await readdir(join(folder, 'student', 'checkpoints', 'step-1'))).length).toBeGreaterThan(pushed.length);
});

it('push takes the classes of Python along, where a folder has them', async () => {
  await idlm('convert', TEACHER, join(folder, 'classes'), '--transformers');
  expect((await idlm('push', join(folder, 'classes'), 'me/classes')).code).toBe(0);
  const pushed = Object.keys(hub.repositories.get('me/classes')!.files);
  expect(pushed).toEqual(expect.arrayContaining(['configuration_idlm.py', 'modeling_idlm.py']));
});

it('a repository of a checkpoint is a model as any other; of several one is pulled by its name', async () => {
  await idlm('convert', TEACHER, join(folder, 'trained'), '--layout', 'ckpt');
  const names = ['model.ckpt', 'config.json', 'tokenizer.json'];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, 'trained', name))] as const)),
  );
  hub.repositories.set('org/trained', { commit: COMMIT, files });
  const argv = ['--steps', '2', '--seed', '1', '--engine', 'wasm'];
  const own = await idlm('sample', '--model', TEACHER, ...argv);
  const sampled = await idlm('sample', '--model', 'org/trained', ...argv);
  expect([sampled.code, sampled.out]).toEqual([0, own.out]);
  hub.repositories.set('org/several', { commit: COMMIT, files: { ...files, 'best.ckpt': files['model.ckpt']! } });
  const refused = await idlm('sample', '--model', 'org/several', ...argv);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('idlm pull org/several --file best.ckpt')]);
  const { out } = await idlm('pull', 'org/several', '--file', 'best.ckpt');
  expect(out.trim()).toMatch(/models--org--several.*best\.ckpt$/);
  expect((await idlm('sample', '--model', out.trim(), ...argv)).out).toBe(own.out);
});

it.each([
  ['a name that the Hub has not', 'org/none', 'The Hub answered 404 for org/none at main: there is no such repository'],
  ['one that may be a mistyped folder', 'org/none', 'There is no folder org/none here, so it was taken for a model of'],
  ['a folder that is not there', 'runs/none', 'runs/none does not exist; name a model folder'],
  ['a word', 'teacher', 'Models of the Hugging Face Hub are named organisation/name'],
])('%s is refused in one sentence', async (_, name, message) => {
  const { code, err } = await idlm('sample', '--model', name);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  expect(err.trim().split('\n')).toHaveLength(1);
});

it('a mistyped path beside a folder of that name is no name of the Hub', async () => {
  const origin = process.cwd();
  process.chdir(folder);
  try {
    const { code, err } = await idlm('sample', '--model', 'student/chekpoints');
    expect([code, err]).toEqual([2, expect.stringContaining('student/chekpoints does not exist')]);
  } finally {
    process.chdir(origin);
  }
});
