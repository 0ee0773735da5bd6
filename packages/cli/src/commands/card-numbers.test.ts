import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultManifest, SweepCell } from '@idlm/evaluation';
import { evaluationOf } from './card-numbers';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'card-numbers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const drift = { marginals: 0.03, pairs: 0.1, lengths: 0, entropy: 0 };
const row = (model: string, steps: number, perplexity: Record<string, number>): SweepCell => ({
  ...{ model, steps, temperature: 1, networkCalls: steps, evaluationsPerSample: steps, samples: 64 },
  ...{ perplexity, entropy: 2.345678, entropyError: 0.01, distinct: [0.1, 0.4, 0.8], wordRate: 0.4 },
  ...{ drift, driftFloor: drift, examples: [] },
});
const manifest: ResultManifest = {
  format: 2,
  models: {
    teacher: { folder: '../private/teacher', absolute: '/home/me/private/teacher', weights: 'aa' },
    student: { folder: '../private/student', absolute: '/home/me/private/student', weights: 'bb' },
  },
  ...{ tokenizer: 't', data: 'dd', config: {}, seed: 1, sampler: 'ancestral', precision: 'float32' },
  ...{ engine: { name: 'wasm', version: 'tfjs 4.22' }, versions: {} },
  rows: [
    row('teacher', 256, { 'n-gram': 12.34567 }),
    row('student', 4, { 'n-gram': 123456 }),
    row('student', 8, { 'n-gram': 20, gpt2: 0.000123456 }),
  ],
};
const write = (value: object) => writeFileSync(join(folder, 'manifest.json'), JSON.stringify(value));

describe('the numbers of a card', () => {
  it('are those of the model with these weights alone, to four digits, by every judge', async () => {
    write(manifest);
    const { numbers } = await evaluationOf(folder, 'bb');
    expect(numbers).toEqual({
      about: "Samples at each number of steps, on wasm (tfjs 4.22); sha256 of the text's tokens dd.",
      columns: [
        'steps',
        'temperature',
        'network calls',
        'perplexity (n-gram)',
        'perplexity (gpt2)',
        'entropy',
        'samples',
      ],
      rows: [
        ['4', '1', '4', '123500', '–', '2.346', '64'],
        ['8', '1', '8', '20', '0.0001235', '2.346', '64'],
      ],
    });
    expect((await evaluationOf(folder, 'aa')).numbers.rows).toEqual([['256', '1', '256', '12.35', '2.346', '64']]);
  });

  it('have a dash for a number that came out as none', async () => {
    write({ ...manifest, rows: [row('student', 4, { 'n-gram': Infinity })] });
    expect((await evaluationOf(folder, 'bb')).numbers.rows[0]![3]).toBe('–');
  });

  it('come with the manifest, without the places of this machine', async () => {
    write(manifest);
    const { manifest: told } = await evaluationOf(folder, 'bb');
    expect(told).not.toContain('private');
    expect(JSON.parse(told)).toMatchObject({ format: 2, models: { student: { weights: 'bb' } }, rows: [{}, {}, {}] });
    expect(told.endsWith('}\n')).toBe(true);
  });

  it('are refused where there is no evaluation, no manifest of one, or one of other weights', async () => {
    await expect(evaluationOf(folder, 'bb')).rejects.toThrow(`${folder} holds no evaluation (manifest.json); name`);
    write({ version: 1 });
    await expect(evaluationOf(folder, 'bb')).rejects.toThrow('is no manifest of an evaluation');
    write(manifest);
    const refusal = evaluationOf(folder, 'cc');
    await expect(refusal).rejects.toThrow(
      `The evaluation in ${folder} is of other weights (teacher, student); name one`,
    );
    await expect(refusal).rejects.toMatchObject({ exitCode: 2 });
  });
});
