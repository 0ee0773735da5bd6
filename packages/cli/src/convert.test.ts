import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, toFloat32 } from '@idlm/denoiser';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

const CHECKPOINTS = join(__dirname, '../../denoiser/test/checkpoints');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const weightsIn = async (path: string) =>
  readSafetensors(Uint8Array.from(await readFile(join(path, 'model.safetensors'))));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('idlm convert', () => {
  it('copies a model bit for bit, with its tokenizer and a card', async () => {
    const { code, out } = await idlm('convert', TEACHER, inFolder('same'));
    expect([code, out]).toEqual([0, `${inFolder('same')}\n`]);
    expect((await readdir(inFolder('same'))).sort()).toEqual(
      ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].sort(),
    );
    const [own, copy] = [await weightsIn(TEACHER), await weightsIn(inFolder('same'))];
    expect(Object.keys(copy.tensors).sort()).toEqual(Object.keys(own.tensors).sort());
    for (const [name, { bytes }] of Object.entries(own.tensors))
      expect(Buffer.compare(copy.tensors[name]!.bytes, bytes)).toBe(0);
    expect(JSON.parse(await readFile(inFolder('same', 'config.json'), 'utf8'))).toEqual({
      ...JSON.parse(await readFile(join(TEACHER, 'config.json'), 'utf8')),
      idlm: { made: { assumed: [expect.stringContaining('log-linear and token 27 are assumed')] } },
    });
  });

  it.each([
    ['bf16', 2 ** -8],
    ['f16', 2 ** -11],
  ])('rounds to %s, in which the model is half as large and writes text', async (dtype, precision) => {
    const path = inFolder(dtype);
    expect((await idlm('convert', TEACHER, path, '--dtype', dtype)).code).toBe(0);
    const [own, rounded] = [await weightsIn(TEACHER), await weightsIn(path)];
    let different = 0;
    for (const [name, entry] of Object.entries(own.tensors)) {
      const [before, after] = [toFloat32(entry), toFloat32(rounded.tensors[name]!)];
      // Half a unit in the last place; below 2^-14, float16 has steps of 2^-24.
      const near = (value: number, i: number) =>
        Math.abs(value - before[i]!) <= Math.max(Math.abs(before[i]!) * precision, 2 ** -25);
      expect(after.every(near)).toBe(true);
      different += after.filter((value, i) => value !== before[i]).length;
    }
    expect(different).toBeGreaterThan(1000);
    const sampled = await idlm('sample', '--model', path, '--steps', '4', '--count', '1', '--engine', 'wasm');
    expect([sampled.code, sampled.out.trim().length > 0]).toEqual([0, true]);
  });

  it('leaves what is there, unless it is told to replace it', async () => {
    await idlm('convert', TEACHER, inFolder('twice'));
    await writeFile(inFolder('twice', 'mine.txt'), 'mine');
    const refused = await idlm('convert', TEACHER, inFolder('twice'), '--dtype', 'bf16');
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('twice is not empty')]);
    expect((await weightsIn(inFolder('twice'))).tensors['backbone.vocab_embed.embedding']!.dtype).toBe('F32');
    expect((await idlm('convert', TEACHER, inFolder('twice'), '--dtype', 'bf16', '--force')).code).toBe(0);
    expect((await weightsIn(inFolder('twice'))).tensors['backbone.vocab_embed.embedding']!.dtype).toBe('BF16');
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining([expect.stringContaining('unfinished')]));
  });

  it.each([
    [['--dtype', 'f8'], '--dtype takes f32, bf16, f16; "f8" was given.'],
    [[], 'is the model itself'],
  ])('refuses %j in a sentence', async (flags, sentence) => {
    const to = flags.length ? inFolder('new') : TEACHER;
    const { code, err } = await idlm('convert', TEACHER, to, ...flags);
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
  });

  it.each([
    [[], 2],
    [['--weights', 'raw'], 1],
  ])("makes a model folder of a trainer's checkpoint: %j", async (flags, factor) => {
    const path = inFolder(`checkpoint-${factor}`);
    const { code, err } = await idlm('convert', join(CHECKPOINTS, 'duo-distilled.ckpt'), path, ...flags);
    expect([code, err]).toEqual([0, expect.stringContaining('Tensors of other modules were left out: teacher (21).')]);
    const { tensors } = await weightsIn(path);
    // The first tensor begins at 1, its running average at 2.
    expect(toFloat32(tensors['backbone.vocab_embed.embedding']!)[0]).toBe(factor);
    expect(JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))).toMatchObject({
      model_type: 'duo',
      time_conditioning: true,
      family: { name: 'duo', options: { schedule: { name: 'log-linear', options: { eps: 0.001 } } } },
    });
  });

  it("keeps somebody's own card, their terms and how it is to be sampled", async () => {
    const path = inFolder('published');
    await cp(TEACHER, path, { recursive: true });
    const own = { 'README.md': '# Mine', 'LICENSE.md': 'Terms', NOTICE: 'Thanks', 'generation_config.json': '{}' };
    for (const [name, text] of Object.entries(own)) await writeFile(join(path, name), text);
    expect((await idlm('convert', path, inFolder('copy'))).code).toBe(0);
    for (const [name, text] of Object.entries(own)) expect(await readFile(inFolder('copy', name), 'utf8')).toBe(text);
  });

  it('replaces no folder that holds the model itself', async () => {
    const path = inFolder('run', 'checkpoints', 'step-1');
    await cp(TEACHER, path, { recursive: true });
    const { code, err } = await idlm('convert', inFolder('run'), inFolder('run'), '--force');
    expect([code, err]).toEqual([2, expect.stringContaining('run holds the model itself')]);
    expect(await readdir(path)).toContain('model.safetensors');
  });

  it.each([
    ['duo', 'says that it is of the family mdlm, and --family says duo'],
    ['gpt', '--family takes '],
  ])('refuses --family %s of a model that tells its own', async (family, sentence) => {
    for (const command of [
      ['convert', TEACHER, inFolder('family')],
      ['inspect', TEACHER],
    ]) {
      const { code, err } = await idlm(...command, '--family', family);
      expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });

  it('refuses --weights of a model that has but one kind', async () => {
    const { code, err } = await idlm('convert', TEACHER, inFolder('kind'), '--weights', 'ema');
    expect([code, err]).toEqual([2, expect.stringContaining('--weights chooses among those of a checkpoint')]);
  });
});
