import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { idlm } from '../test/command-line';
import { PUBLISHED, publish, publishAll } from '../test/published-folder';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'published-'));
  await publishAll(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const gpt2 = ['--engine', 'wasm', '--tokenizer', 'gpt2'];

describe("published models without a tokenizer, on GPT-2's", () => {
  it('are refused with advice where none is named', async () => {
    const { code, err } = await idlm('sample', '--model', inFolder('mdlm'), '--engine', 'wasm');
    expect([code, err]).toEqual([2, expect.stringContaining('name one: --tokenizer gpt2, or a folder')]);
  });

  it.each([
    ['mdlm', 'noise schedule or mask; log-linear and token 50257 are assumed'],
    ['duo', 'noise schedule; log-linear is assumed'],
  ])('of %s write with one and the same tokenizer', async (name, assumed) => {
    const argv = ['--steps', '2', '--count', '2', '--json', '--prompt', 'Hello world'];
    const { code, out, err } = await idlm('sample', '--model', inFolder(name), ...argv, ...gpt2);
    expect([code, err]).toEqual([0, expect.stringContaining(`names no ${assumed}`)]);
    // What is assumed is said in one line, and in the record of each text.
    expect(err.split('\n').filter((line) => line.includes('assumed'))).toHaveLength(1);
    const [first] = out.trim().split('\n');
    expect(JSON.parse(first!)).toMatchObject({
      text: expect.stringMatching(/^Hello world/),
      assumed: [expect.stringContaining(assumed)],
    });
  });

  it('leave what was assumed of them in the records and the folder of their students', async () => {
    const teacher = inFolder('letters');
    await publish(teacher, { ...PUBLISHED.duo, vocab_size: 27 });
    const settings = {
      data: { corpus: inFolder('text.txt') },
      distillation: { updates: 1, batch: 2, guard: null },
      logs: { every: 1, samplesEvery: null },
    };
    await writeFile(inFolder('settings.yaml'), stringify(settings));
    const tokenizer = join(__dirname, '../assets/teacher/tokenizer.json');
    const argv = ['--teacher', teacher, '--out', inFolder('student'), '--config', inFolder('settings.yaml')];
    const { code, err } = await idlm('distill', ...argv, '--engine', 'wasm', '--tokenizer', tokenizer);
    expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
    const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder('student', ...parts), 'utf8'));
    const manifest = await json('manifest.json');
    expect(manifest.notes).toEqual([expect.stringContaining('log-linear is assumed')]);
    expect(manifest.places.tokenizer.absolute).toBe(tokenizer);
    const fields = await json('checkpoints', 'step-1', 'config.json');
    expect(fields).toMatchObject({ model_type: 'duo', time_conditioning: true, family: { name: 'duo' } });
    expect(fields.family.options.schedule).toEqual({ name: 'log-linear', options: { eps: 0.001 } });
  });
});
