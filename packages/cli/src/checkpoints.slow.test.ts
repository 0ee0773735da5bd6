import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@idlm/denoiser';
import { hashWeights } from '@idlm/denoiser/node';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  expect((await idlm('convert', TEACHER, inFolder('as'), '--layout', 'ckpt')).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

const weightsIn = async (path: string) =>
  readSafetensors(Uint8Array.from(await readFile(join(path, 'model.safetensors')))).tensors;

const sampled = (model: string) =>
  idlm('sample', '--model', model, '--steps', '4', '--count', '2', '--seed', '3', '--engine', 'wasm');

describe('a checkpoint of PyTorch where a model is wanted', () => {
  it('writes the text of the folder that it was made of, by its own path and by that of its folder', async () => {
    const [own, file, only] = [
      await sampled(TEACHER),
      await sampled(inFolder('as', 'model.ckpt')),
      await sampled(inFolder('as')),
    ];
    expect([file.code, file.out]).toEqual([0, own.out]);
    expect([only.code, only.out]).toEqual([0, own.out]);
    expect(file.err).toContain('Weights are the running average (ema).');
  });

  it('is inspected, and becomes a folder of the same weights again', async () => {
    const { out } = await idlm('inspect', inFolder('as'), '--json');
    expect(JSON.parse(out)).toMatchObject({
      files: [{ name: 'model.ckpt' }],
      type: 'mdlm',
    });
    expect((await idlm('convert', inFolder('as'), inFolder('back'))).code).toBe(0);
    expect(await weightsIn(inFolder('back'))).toEqual(await weightsIn(TEACHER));
  });

  it('is a teacher, whose student knows the hash of its file', async () => {
    const settings = [
      'distillation.updates=1',
      'distillation.batch=2',
      'distillation.guard=null',
      'logs.samplesEvery=null',
    ];
    const { code, err } = await idlm(
      ...['distill', '--teacher', inFolder('as', 'model.ckpt'), '--engine', 'wasm', '--out', inFolder('student')],
      ...settings.flatMap((setting) => ['--set', setting]),
    );
    expect([code, err]).toEqual([0, expect.stringContaining('Distilling the student: 1/1')]);
    const manifest = JSON.parse(await readFile(inFolder('student', 'manifest.json'), 'utf8'));
    expect(manifest.teacher).toBe(await hashWeights(inFolder('as', 'model.ckpt')));
  });

  it('is named where a folder holds several', async () => {
    await cp(inFolder('as'), inFolder('several'), { recursive: true });
    await copyFile(inFolder('several', 'model.ckpt'), inFolder('several', 'best.ckpt'));
    const refused = await sampled(inFolder('several'));
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining('several holds several checkpoints (best.ckpt, model.ckpt); name one of them'),
    ]);
    expect((await sampled(inFolder('several', 'best.ckpt'))).code).toBe(0);
  });

  it('is refused where transformers are to open it', async () => {
    const { code, err } = await idlm('convert', TEACHER, inFolder('both'), '--layout', 'ckpt', '--transformers');
    expect([code, err]).toEqual([2, expect.stringContaining('transformers opens no checkpoint')]);
    await mkdir(inFolder('both'));
  });
});
