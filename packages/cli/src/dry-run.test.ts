import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idlm, tiny } from '../test/command-line';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dry-run-'));
  await writeFile(inFolder('text.txt'), 'the quick brown fox jumps over the lazy dog '.repeat(40));
  const text = ['--set', `data.corpus=${inFolder('text.txt')}`];
  expect((await idlm('train', ...tiny, ...text, '--out', inFolder('run'))).code).toBe(0);
  // Alone, without what its run knows of the text.
  expect((await idlm('convert', inFolder('run'), inFolder('model'))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

it('--dry-run says what a run would cost, and writes nothing', async () => {
  const nowhere = join(folder, 'nothing');
  const { code, out, err } = await idlm(
    'train',
    '--dry-run',
    '--out',
    nowhere,
    ...tiny,
    '--set',
    `data.corpus=${join(folder, 'text.txt')}`,
  );
  expect([code, existsSync(nowhere)]).toEqual([0, false]);
  // 48 tokens in float32: 6 copies of 5812 weights; a block of width 16 and 2 heads over 12 positions, half of the logits of 28.
  expect(out).toBe(
    [
      'training the teacher: 6 updates of 48 tokens',
      'parameters: 5.81 k per network, 1 trained and 0 only run',
      'memory: about 191 MB at its peak on wasm: 190 MB of the process, 139 kB of weights, averages, moments and gradients, 464 kB of activations, logits and draws, 1.76 kB of text',
      'time: about 1 min where "idlm engine info" measures 100 GFLOP/s, and in proportion elsewhere\n',
    ].join('\n'),
  );
  // An engine that is not opened says nothing of itself.
  expect(err).not.toContain('Engine:');
});

/** Takes away the last tensor of a folder's weights, but not of what its configuration says. */
async function withoutOneTensor(name: string): Promise<string> {
  await cp(inFolder('model'), inFolder(name), { recursive: true });
  const file = join(inFolder(name), 'model.safetensors');
  const bytes = await readFile(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>;
  const ends = Object.entries(header).filter(([tensor]) => tensor !== '__metadata__');
  const [last, { data_offsets: offsets }] = ends.reduce((a, b) =>
    b[1].data_offsets[1] > a[1].data_offsets[1] ? b : a,
  );
  delete header[last];
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(file, Buffer.concat([length, text, bytes.subarray(start, start + offsets[0])]));
  return inFolder(name);
}

describe('--dry-run of what a model writes', () => {
  const wasm = ['--engine', 'wasm'];

  it('says what texts would take, without an engine', async () => {
    const asked = ['sample', '--model', inFolder('model'), '-n', '3', '--steps', '4', ...wasm, '--dry-run'];
    const { code, out, err } = await idlm(...asked);
    expect([code, err]).toEqual([0, expect.not.stringContaining('Engine:')]);
    // 5812 weights; three rows of 12 tokens of width 16 and 2 heads, three of whose positions are asked for at each step.
    expect(out).toBe(
      [
        'writing 3 texts of 12 tokens at 4 steps, with the sampler ancestral-cached',
        'parameters: 5.81 k',
        'calls of the network: at most 4; evaluations (NFE): at most 12, 4 of each text',
        'memory: about 130 MB at its peak on wasm: 130 MB of the process, 23.2 kB of weights, 42.2 kB of activations and logits',
        'time: about 1 min where "idlm engine info" measures 100 GFLOP/s, and in proportion elsewhere\n',
      ].join('\n'),
    );
    const plan = JSON.parse((await idlm(...asked, '--json')).out) as Record<string, unknown>;
    expect(plan).toMatchObject({
      ...{ texts: 3, length: 12, steps: 4, runtime: 'wasm', parameters: [5812], calls: 4, evaluations: 12 },
      operations: 2 * 12 * 12 * 5812,
      memoryParts: {
        process: 130e6 + 28 * 1000,
        networks: 4 * 5812,
        activations: 4 * (3 * 12 * 14 * 16 + 2 * 3 * 2 * 12 ** 2),
        logits: 4 * 3 * 3 * 3 * 28,
      },
    });
  });

  it('says what an evaluation would take, reads no text, and writes nothing', async () => {
    const models = ['--teacher', inFolder('model'), '--student', inFolder('model'), '--out', inFolder('nothing')];
    const sweep = ['evaluation.samples=3', 'evaluation.teacherSteps=[2, 4]', 'evaluation.studentSteps=[1]'];
    const settings = [...sweep, 'evaluation.compareAt=2', `data.corpus=${inFolder('missing.txt')}`];
    const set = settings.flatMap((one) => ['--set', one]);
    const { code, out, err } = await idlm('eval', ...models, ...set, ...wasm, '--dry-run');
    expect([code, existsSync(inFolder('nothing')), err]).toEqual([0, false, expect.not.stringContaining('Engine:')]);
    // A bound takes 32 windows at once, half of whose logits are read and held five times: more than those of three samples.
    expect(out).toBe(
      [
        'evaluating teacher and student: 3 samples of 12 tokens at each number of steps, and a bound on up to 512 windows of held-out text',
        'teacher: 5.81 k parameters, sampled at 2 steps, 4 steps: calls at most 6, evaluations (NFE) at most 18; its bound: 4 of each window',
        'student: 5.81 k parameters, sampled at 1 step: calls at most 1, evaluations (NFE) at most 3; its bound: 4 of each window',
        'memory: about 130 MB at its peak on wasm: 130 MB of the process, 46.5 kB of weights, 147 kB of activations and logits; the text is not read, and comes beside it',
        'time: about 1 min where "idlm engine info" measures 100 GFLOP/s, and in proportion elsewhere; the bound takes 0.000037 s more for each window\n',
      ].join('\n'),
    );
  });

  it('counts the threads of WASM among which an evaluation is worth splitting', async () => {
    const sweep = ['evaluation.samples=32', 'evaluation.teacherSteps=[100000]', 'engine.threads=2'];
    const settings = [...sweep, 'evaluation.compareAt=100000', `data.corpus=${inFolder('missing.txt')}`];
    const set = settings.flatMap((one) => ['--set', one]);
    const asked = ['eval', '--teacher', inFolder('model'), ...set, ...wasm, '--dry-run', '--json'];
    const { memoryParts } = JSON.parse((await idlm(...asked)).out) as { memoryParts: Record<string, number> };
    expect(memoryParts).toMatchObject({ process: 130e6 + 2 * 60e6 + 28 * 1000, networks: 4 * 4 * 5812 });
  });

  it('reads headers, and refuses weights that the configuration does not describe', async () => {
    const broken = await withoutOneTensor('broken');
    for (const asked of [
      ['sample', '--model', broken],
      ['eval', '--teacher', broken],
    ]) {
      const { code, err } = await idlm(...asked, ...wasm, '--dry-run');
      expect([code, err]).toEqual([2, expect.stringContaining('lacks the tensor')]);
    }
  });
});
