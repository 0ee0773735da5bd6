import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOnnxMetadata } from '@idlm/onnx';
import { findOnnxLibrary } from '@idlm/onnx/node';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const exported = (...options: string[]) => idlm('export', TEACHER, ...options, '--engine', 'wasm');

describe('idlm export', () => {
  it('writes a file that holds the configuration and the tokenizer too', async () => {
    const file = inFolder('deep', 'teacher.onnx');
    expect(await exported(file)).toMatchObject({ code: 0, out: `${file}\n` });
    const { 'config.json': config, 'tokenizer.json': tokenizer } = readOnnxMetadata(await readFile(file));
    expect(JSON.parse(config!)).toEqual(JSON.parse(await readFile(join(TEACHER, 'config.json'), 'utf8')));
    expect(tokenizer).toBe(await readFile(join(TEACHER, 'tokenizer.json'), 'utf8'));
  });

  it('keeps weights in fewer bits where it is told to', async () => {
    const sizeOf = async (weights: string) => {
      const file = inFolder(`${weights}.onnx`);
      expect((await exported(file, '--weights', weights, '--opset', '21')).code).toBe(0);
      return (await stat(file)).size;
    };
    const sizes = [await sizeOf('f32'), await sizeOf('f16'), await sizeOf('q8'), await sizeOf('q4')];
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('replaces a file only where it is told to', async () => {
    const file = inFolder('mine.onnx');
    await writeFile(file, 'mine');
    const refused = await exported(file);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(`${file} is there; name another file, or replace it (--force).`);
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await exported(file, '--force')).code).toBe(0);
    expect((await stat(file)).size).toBeGreaterThan(100_000);
  });

  it('refuses weights of kinds that there are not, and what is no model', async () => {
    expect(await exported(inFolder('x.onnx'), '--weights', 'q2')).toMatchObject({ code: 2 });
    const { code, err } = await idlm('export', inFolder('none'), inFolder('x.onnx'));
    expect([code, err]).toEqual([2, expect.stringContaining('none does not exist')]);
  });

  // ONNX Runtime has no library for some machines.
  (findOnnxLibrary() ? it : it.skip)('compares the logits of the file with those of the model', async () => {
    const ended = await exported(inFolder('checked.onnx'), '--check', '--json');
    const { agreement, ...others } = JSON.parse(ended.out) as { agreement: Record<string, number> };
    expect([ended.code, others]).toEqual([0, { file: inFolder('checked.onnx'), weights: 'f32', opset: 23 }]);
    expect(agreement).toMatchObject({ positions: 1024, greedy: 1 });
    expect(agreement['largest']).toBeLessThan(1e-5);
    const rounded = await exported(inFolder('rounded.onnx'), '--check', '--weights', 'q4');
    expect([rounded.code, rounded.err]).toEqual([
      0,
      expect.stringMatching(/^Of 1024 positions: .* the same likeliest token\.$/m),
    ]);
  });
});
