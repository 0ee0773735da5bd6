import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnnxLibrary } from '@idlm/onnx/node';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

let folder: string;
let file: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-file-'));
  file = inFolder('model.onnx');
  await cp(TEACHER, inFolder('model'), { recursive: true });
  await writeFile(inFolder('model', 'generation_config.json'), '{"temperature": 0.5, "steps": 3}');
  expect((await idlm('export', inFolder('model'), file)).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

// ONNX Runtime has no library for some machines.
const onRuntime = findOnnxLibrary() ? it : it.skip;

const sampled = (...options: string[]) => idlm('sample', '--count', '2', '--seed', '3', ...options);

describe('idlm sample with an ONNX file', () => {
  onRuntime('writes what the model writes that it is of, as that recommends it', async () => {
    const own = await sampled('--model', inFolder('model'), '--set', 'sampling.runtime=onnx');
    const { code, out, err } = await sampled('--model', file);
    expect([code, out]).toEqual([0, own.out]);
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(err).toContain('Its folder recommends temperature 0.5, steps 3.');
  });

  onRuntime('keeps to a prompt, and to what is set', async () => {
    const { code, out } = await sampled('--model', file, '--prompt', 'the ', '--steps', '2', '--json');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { runtime: 'onnx', steps: 2, prompt: 'the ' },
      { runtime: 'onnx', steps: 2 },
    ]);
  });

  it('is run by no engine', async () => {
    const refused = async (...options: string[]) => {
      const { code, err } = await sampled('--model', file, ...options);
      return [code, err];
    };
    expect(await refused('--engine', 'wasm')).toEqual([
      2,
      expect.stringContaining('is run by ONNX Runtime, and by no'),
    ]);
    expect(await refused('--set', 'sampling.runtime=engine')).toEqual([
      2,
      expect.stringContaining(`sampling.runtime is "engine", and ${file} is run by ONNX Runtime alone; leave it out`),
    ]);
  });

  it('refuses files that tell no model, and those of something else', async () => {
    // Field 7, the graph, of three bytes.
    await writeFile(inFolder('bare.onnx'), Uint8Array.of(0x3a, 3, 0, 0, 0));
    const bare = await sampled('--model', inFolder('bare.onnx'));
    expect([bare.code, bare.err]).toEqual([
      2,
      expect.stringContaining('bare.onnx is an ONNX file without config.json'),
    ]);
    await writeFile(inFolder('text.onnx'), '{"model": 1}');
    const text = await sampled('--model', inFolder('text.onnx'));
    expect([text.code, text.err]).toEqual([2, expect.stringMatching(/text\.onnx is no ONNX file: .*\.$/m)]);
    await writeFile(inFolder('cut.onnx'), (await readFile(file)).subarray(0, 300));
    expect(await sampled('--model', inFolder('cut.onnx'))).toMatchObject({ code: 2 });
    expect(await sampled('--model', inFolder('none.onnx'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('none.onnx does not exist') as string,
    });
  });
});

it.each([
  ['distill', ['--teacher']],
  ['eval', ['--student']],
])('idlm %s refuses it, since it has no weights, and writes nothing', async (command, [flag]) => {
  const out = inFolder(command);
  const { code, err } = await idlm(command, flag!, file, '--out', out);
  expect([code, err]).toEqual([2, expect.stringContaining(`${file} is an ONNX file, with which texts are sampled`)]);
  expect(existsSync(out)).toBe(false);
});
