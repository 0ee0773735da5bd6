import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@idlm/denoiser';
import { findOnnxLibrary } from '@idlm/onnx/node';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const wasm = tiny.slice(0, 2);

/** A copy of the teacher with the first numbers of its head's bias changed. */
async function broken(name: string, value: number): Promise<string> {
  const path = inFolder(name);
  await cp(inFolder('teacher/checkpoints/step-6'), path, { recursive: true });
  const file = join(path, 'model.safetensors');
  const { tensors, metadata } = readSafetensors(Uint8Array.from(await readFile(file)));
  const changed = Object.entries(tensors).map(([tensor, entry]) => {
    const bytes = Uint8Array.from(entry.bytes);
    if (tensor === 'backbone.output_layer.norm_final.weight' || tensor === 'backbone.output_layer.linear.weight')
      new Float32Array(bytes.buffer).fill(value);
    return [tensor, { ...entry, bytes }];
  });
  await writeFile(file, writeSafetensors({ tensors: Object.fromEntries(changed), metadata }));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broken-models-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  await idlm('train', '--out', inFolder('teacher'), ...tiny, '--set', `data.corpus=${inFolder('text.txt')}`);
});
afterAll(() => rm(folder, { recursive: true }));

it('names model and tensor of weights that are no numbers', async () => {
  const path = await broken('nan', NaN);
  const { code, err } = await idlm('sample', '--model', path, ...wasm);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/The tensor backbone\.output_layer\.\S+ of \S+nan\/model\.safetensors holds NaN/),
  ]);
});

describe('finite weights whose logits are no numbers', () => {
  it('are told with model and step when sampled', async () => {
    const path = await broken('large', 3e38);
    const { code, err } = await idlm('sample', '--model', path, '--steps', '4', ...wasm);
    expect(code).toBe(2);
    expect(err).toMatch(
      /The model in \S+large cannot be sampled: at step \d of 4, the logit of token \d+ is \S+ at position \d+\./,
    );
  });

  // ONNX Runtime has no library for some machines.
  (findOnnxLibrary() ? it : it.skip).each([['f32'], ['q8']])(
    'are told when exported and checked, as %s',
    async (weights) => {
      const file = inFolder('large.onnx');
      const model = await broken('exported', 3e38);
      const { code, err } = await idlm('export', model, file, '--check', '--weights', weights, ...wasm);
      expect([code, err]).toEqual([
        1,
        expect.stringContaining(`the logits of ${file} would not be the model's, so it was not written`),
      ]);
      expect((await readdir(folder)).filter((name) => name.startsWith('large.onnx'))).toEqual([]);
    },
  );

  it.each([['null'], ['{samples: 8}']])('are told of the teacher when it is distilled, guard %s', async (guard) => {
    const argv = [
      'distill',
      '--teacher',
      await broken('teaching', 3e38),
      '--out',
      inFolder(`student-${guard.length}`),
      '--force',
    ];
    const { code, err } = await idlm(
      ...argv,
      ...tiny,
      '--set',
      `data.corpus=${inFolder('text.txt')}`,
      '--set',
      `distillation.guard=${guard}`,
    );
    expect([code, err]).toEqual([2, expect.stringMatching(/The teacher( in \S+)? cannot be sampled: at step/)]);
    expect(err).not.toContain('learning rate');
  });
});
