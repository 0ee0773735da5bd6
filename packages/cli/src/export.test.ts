import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
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

const exported = (...options: string[]) => idlm('export', TEACHER, ...options);

/** The same with a comparison. */
const checked = (...options: string[]) => exported(...options, '--check', '--engine', 'wasm');

describe('idlm export', () => {
  it('writes a file that holds the configuration and what goes with the model too', async () => {
    const [model, file] = [inFolder('model'), inFolder('deep', 'teacher.onnx')];
    await cp(TEACHER, model, { recursive: true });
    await writeFile(join(model, 'LICENSE'), 'as you like');
    await rm(join(model, 'training.yaml'));
    expect(await idlm('export', model, file)).toMatchObject({ code: 0, out: `${file}\n` });
    const { 'config.json': config, 'tokenizer.json': tokenizer, ...others } = readOnnxMetadata(await readFile(file));
    expect(JSON.parse(config!)).toEqual(JSON.parse(await readFile(join(TEACHER, 'config.json'), 'utf8')));
    expect(others).toMatchObject({ LICENSE: 'as you like', 'tokenizer_config.json': expect.any(String) as string });
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

  it('takes the file of weights beside it for a part of it', async () => {
    const file = inFolder('large.onnx');
    await writeFile(`${file}_data`, 'mine');
    expect(await exported(file)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${file}_data is there; name another file`) as string,
    });
    expect(await readFile(`${file}_data`, 'utf8')).toBe('mine');
    expect((await exported(file, '--force')).code).toBe(0);
    // The weights of a smaller model are in the file itself.
    expect([existsSync(file), existsSync(`${file}_data`)]).toEqual([true, false]);
  });

  it('refuses names that it cannot write to, or by which nobody knows the file', async () => {
    await mkdir(inFolder('folder.onnx'));
    const refused = async (...options: string[]) => {
      const { code, err } = await exported(...options);
      return [code, err];
    };
    expect(await refused(inFolder('folder.onnx'), '--force')).toEqual([
      2,
      expect.stringContaining('folder.onnx is a folder; name another file.'),
    ]);
    expect(await refused(inFolder('model.safetensors'))).toEqual([
      2,
      expect.stringContaining(`name it ${inFolder('model.safetensors')}.onnx.`),
    ]);
    expect(await refused(inFolder('y.onnx'), '--engine', 'wasm')).toEqual([
      2,
      expect.stringContaining('--engine is what --check compares with'),
    ]);
  });

  it('writes nothing of a model whose weights are broken', async () => {
    const broken = inFolder('broken');
    await cp(TEACHER, broken, { recursive: true });
    const weights = await readFile(join(broken, 'model.safetensors'));
    // The last number of the last tensor becomes NaN.
    weights.writeFloatLE(NaN, weights.length - 4);
    await writeFile(join(broken, 'model.safetensors'), weights);
    await mkdir(inFolder('out'));
    const { code, err } = await idlm('export', broken, inFolder('out', 'broken.onnx'));
    expect([code, err]).toEqual([2, expect.stringContaining('holds NaN')]);
    expect(await readdir(inFolder('out'))).toEqual([]);
  });

  it('refuses weights of kinds that there are not, and what is no model', async () => {
    expect(await exported(inFolder('x.onnx'), '--weights', 'q2')).toMatchObject({ code: 2 });
    const { code, err } = await idlm('export', inFolder('none'), inFolder('x.onnx'));
    expect([code, err]).toEqual([2, expect.stringContaining('none does not exist')]);
  });

  // ONNX Runtime has no library for some machines.
  (findOnnxLibrary() ? it : it.skip)('compares the logits of the file with those of the model', async () => {
    const ended = await checked(inFolder('checked.onnx'), '--json');
    const { agreement, ...others } = JSON.parse(ended.out) as { agreement: Record<string, number> };
    expect([ended.code, others]).toEqual([0, { file: inFolder('checked.onnx'), weights: 'f32', opset: 23 }]);
    expect(agreement).toMatchObject({ positions: 1024, greedy: 1 });
    expect(agreement['largest']).toBeLessThan(1e-5);
    const rounded = await checked(inFolder('rounded.onnx'), '--weights', 'q4', '--samples', '4');
    expect([rounded.code, rounded.err]).toEqual([
      0,
      expect.stringMatching(
        /^Of 1024 positions: .* the same likeliest token\.\nOf 4 samples at 16 steps .* under n-grams .* lost\.$/m,
      ),
    ]);
  });
});
