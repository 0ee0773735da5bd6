import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tinyWith } from '../test/command-line';

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byte-pairs-'));
  const lines = Array.from({ length: 60 }, (_, i) => `Ship ${i} sails the sea. It's a whale-ship, and it sails well.`);
  await writeFile(inFolder('text.txt'), lines.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

const data = { length: 24, layout: 'rows', tokenizer: { name: 'bpe', options: { vocabSize: 290 } } };

describe('a vocabulary of byte pairs', () => {
  it('is learned from the text, goes with the model, and needs not be named again', async () => {
    const configured = await tinyWith(inFolder('idlm.yaml'), { data: { ...data, corpus: inFolder('text.txt') } });
    const [teacher, student] = [inFolder('teacher'), inFolder('student')];
    expect(await idlm('train', ...configured, '--out', teacher)).toMatchObject({ code: 0 });
    const { vocab_size, row_start } = JSON.parse(
      await readFile(join(teacher, 'checkpoints', 'step-6', 'config.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect([vocab_size, row_start]).toEqual([290, 288]);
    // One file serves all commands.
    expect(await idlm('distill', ...configured, '--teacher', teacher, '--out', student)).toMatchObject({ code: 0 });
    const { code, out } = await idlm('sample', '--engine', 'wasm', '--model', student, '--prompt', "Ship 7's whale");
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.startsWith("Ship 7's whale"))).toHaveLength(4);
    const report = await idlm(
      'eval',
      ...configured,
      '--teacher',
      teacher,
      '--student',
      student,
      '--out',
      inFolder('eval'),
    );
    expect(report).toMatchObject({ code: 0 });
  });

  it('keeps the text as it is where nothing else is set', async () => {
    const configured = await tinyWith(inFolder('idlm.yaml'), { data: { ...data, corpus: inFolder('text.txt') } });
    expect(await idlm('train', ...configured, '--out', inFolder('cased'), '--json')).toMatchObject({ code: 0 });
    const { idlm: settings } = JSON.parse(
      await readFile(inFolder('cased', 'checkpoints', 'step-6', 'tokenizer_config.json'), 'utf8'),
    ) as { idlm: unknown };
    expect(settings).toEqual({ kind: 'bpe', options: { vocabSize: 290 }, normalise: 'none' });
  });

  it('is refused where the text does not fill it, and keeps the size of the model', async () => {
    const configured = await tinyWith(inFolder('idlm.yaml'), {
      data: { ...data, corpus: inFolder('text.txt'), tokenizer: 'bpe' },
    });
    const { code, err } = await idlm('train', ...configured, '--out', inFolder('none'));
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/fills a byte-pair vocabulary of \d+ tokens; 2048 was asked/),
    ]);
    const distil = ['distill', ...configured, '--teacher', inFolder('teacher'), '--out', inFolder('none')];
    expect(await idlm(...distil)).toMatchObject({ code: 2, err: expect.stringContaining('sets data.tokenizer to') });
  });
});
