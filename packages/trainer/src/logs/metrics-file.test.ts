import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainEvent } from './events';
import { metricsFile, requireMetrics, validLength } from './metrics-file';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-'));
  path = join(folder, 'run', 'metrics.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const metrics = (step: number): TrainEvent => ({
  kind: 'metrics',
  step,
  metrics: { 'teacher/loss': step / 8 },
  tokensPerSecond: 100 + step,
});
const line = (step: number) => `{"step":${step},"teacher/loss":${step / 8}}\n`;

async function session(from: number, ...steps: number[]): Promise<void> {
  const sink = metricsFile(path);
  await sink.start(from);
  for (const step of steps) await sink.write(metrics(step));
  await sink.write({ kind: 'warning', step: 1, message: 'not a metric' });
  await sink.flush();
  await sink.close();
}

describe('metricsFile', () => {
  it('writes a line per event, without times', async () => {
    await session(0, 1, 2);
    expect(await readFile(path, 'utf8')).toBe(line(1) + line(2));
  });

  it('drops the lines after the checkpoint that it resumes from', async () => {
    await session(0, 1, 2, 3, 4);
    await session(2, 3);
    expect(await readFile(path, 'utf8')).toBe(line(1) + line(2) + line(3));
  });

  it('cuts a half line at every length', async () => {
    for (let length = 0; length < line(3).length; length++) {
      await rm(path, { force: true });
      await session(0, 1, 2);
      await appendFile(path, line(3).slice(0, length));
      await session(5, 6);
      expect(await readFile(path, 'utf8')).toBe(line(1) + line(2) + line(6));
    }
  });

  it('begins anew from step 0', async () => {
    await session(0, 1, 2);
    await session(0, 1);
    expect(await readFile(path, 'utf8')).toBe(line(1));
  });
});

describe('requireMetrics', () => {
  it.each([
    [`${line(1)}a note\n${line(2)}${line(3)}`, 2, 2],
    [`\n${line(1)}`, 1, 1],
    [`${line(1)}{"loss":1}\n`, 2, 0],
    [`${line(1)}[3]\n{"step":`, 2, 0],
    [`null\n${line(1)}`, 1, 1],
  ])('names a whole line of something else, and how many stand behind it: %j', async (text, number, behind) => {
    await writeFile(join(folder, 'x'), text);
    await expect(requireMetrics(join(folder, 'x'))).rejects.toThrow(
      `Line ${number} of ${join(folder, 'x')} is no line of metrics, and the ${behind} behind it would be lost; remove`,
    );
    expect(await readFile(join(folder, 'x'), 'utf8')).toBe(text);
  });

  it('takes whole lines, a half one behind them, and no file', async () => {
    for (const text of ['', line(1), `${line(1)}{"ste`, `${line(1)}\0\0`]) {
      await writeFile(join(folder, 'x'), text);
      await requireMetrics(join(folder, 'x'));
    }
    await requireMetrics(join(folder, 'nothing'));
    await expect(requireMetrics(folder)).rejects.toThrow('cannot be read (EISDIR)');
  });
});

describe('validLength', () => {
  it('ends before what is no line of metrics', async () => {
    const text = `${line(1)}{"loss":1}\n${line(2)}`;
    await writeFile(join(folder, 'x'), text);
    expect(validLength(Buffer.from(text), 10)).toBe(line(1).length);
    expect(validLength(Buffer.from(line(1)), 0)).toBe(0);
    expect(validLength(Buffer.alloc(0), 0)).toBe(0);
  });
});
