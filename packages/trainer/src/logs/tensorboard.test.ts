import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c';
import { sessionEvent, summaryOf, versionEvent } from './event-messages';
import type { TrainEvent } from './events';
import { numberOf } from './protobuf';
import { record, recordsUpTo } from './records';
import { tensorBoardFile } from './tensorboard';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A Python that has TensorBoard: `PYTHON`, else the one on the path. */
const python = process.env['PYTHON'] ?? 'python3';
function hasTensorBoard(): boolean {
  try {
    execFileSync(python, ['-c', 'import tensorboard'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const metrics = (step: number, loss: number): TrainEvent => ({
  kind: 'metrics',
  step,
  metrics: { 'teacher/loss': loss },
  tokensPerSecond: 64,
});

const guard = (step: number): TrainEvent => ({
  kind: 'guard',
  step,
  verdict: 'keep',
  failures: 0,
  metrics: { 'guard/pairs': step / 8 },
});

/** One session of a run that begins at a time, in seconds. */
async function session(time: number, from: number, ...events: TrainEvent[]): Promise<void> {
  let now = time * 1000;
  const sink = tensorBoardFile({ folder, clock: () => (now += 250) });
  await sink.start(from);
  for (const event of events) await sink.write(event);
  await sink.flush();
  await sink.close();
}

const TIME = 1_700_000_000;

/** Contents of a record file; every checksum must hold. */
function parse(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    const content = bytes.subarray(at + 12, at + 12 + size);
    expect(bytes.readUInt32LE(at + 12 + size)).toBe(maskedCrc32c(content));
    found.push(content);
    at += 16 + size;
  }
  return found;
}

describe('record', () => {
  // The records of TensorBoard's own RecordWriter for the same events.
  it.each([
    [
      'the version',
      versionEvent(1.5),
      '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
    ],
    [
      'the begin of a session',
      sessionEvent(2.25, 301),
      '100000000000000095fbfe1809000000000000024010ad023a020801518d2ae0',
    ],
    [
      'scalars',
      summaryOf(metrics(300, 3.5), 2.25)!,
      '4300000000000000b18525a009000000000000024010ac022a350a130a0c746561636865722f6c6f737315000060400a1e0a1773706565642f746f6b656e732d7065722d7365636f6e64150000804275ec06ea',
    ],
  ])('of %s is byte for byte the reference one', (_, event, expected) => {
    expect(Buffer.from(record(event)).toString('hex')).toBe(expected);
  });
});

/** The files of a run in the order of their names as text, in which readers take them: the steps of the events of each. */
async function steps(): Promise<Record<string, number[]>> {
  const names = (await readdir(folder)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const seconds = names.map((name) => /^events\.out\.tfevents\.(\d{10})\./.exec(name)![1]!);
  return Object.fromEntries(files.map((file, i) => [seconds[i], parse(file).map((content) => numberOf(content, 2))]));
}

describe('recordsUpTo', () => {
  it('ends before the first later step, and before a record that is torn or altered', () => {
    const file = Buffer.concat(
      [versionEvent(1), ...[1, 2, 3].map((step) => summaryOf(metrics(step, 1), 2)!)].map(record),
    );
    const size = (file.length - record(versionEvent(1)).length) / 3;
    const lengths = [0, 1, 2, 3, 4].map((step) => recordsUpTo(file, step));
    expect(lengths).toEqual([3, 2, 1, 0, 0].map((left) => file.length - left * size));
    for (let cut = 1; cut < size; cut++)
      expect(recordsUpTo(file.subarray(0, file.length - cut), 9)).toBe(file.length - size);
    for (const at of [0, 9, 20, size - 1]) {
      const altered = Buffer.from(file);
      altered[file.length - size + at]! ^= 4;
      expect(recordsUpTo(altered, 9)).toBe(file.length - size);
    }
  });
});

describe('tensorBoardFile', () => {
  it('begins each session with the version and a mark of its first step', async () => {
    await session(TIME, 0, metrics(1, 3), metrics(2, 3));
    await session(TIME + 60, 1, metrics(2, 2));
    expect(await steps()).toEqual({ [TIME]: [0, 1, 1], [TIME + 60]: [0, 2, 2] });
    const mark = sessionEvent(TIME + 0.75, 1);
    expect(parse(await readFile(join(folder, (await readdir(folder)).sort()[0]!)))[1]!.equals(mark)).toBe(true);
  });

  it('keeps files in the order of sessions after a clock that was set back, and within a second', async () => {
    await session(TIME, 0, metrics(1, 3));
    await session(TIME - 3600, 1, metrics(2, 2));
    await session(TIME - 3600, 2, metrics(3, 2));
    expect(await steps()).toEqual({ [TIME]: [0, 1, 1], [TIME + 1]: [0, 2, 2], [TIME + 2]: [0, 3, 3] });
  });

  it('cuts off what a crashed session says of steps after the checkpoint, and its half record', async () => {
    await session(TIME, 0, metrics(1, 3), metrics(2, 3), guard(2), metrics(3, 99), guard(3));
    const [name] = await readdir(folder);
    await appendFile(join(folder, name!), record(summaryOf(metrics(4, 1), 1)!).subarray(0, 30));
    await session(TIME + 1, 2);
    await session(TIME + 2, 2, metrics(3, 2));
    expect(await steps()).toEqual({ [TIME]: [0, 1, 1, 2, 2], [TIME + 1]: [0], [TIME + 2]: [0, 3, 3] });
  });

  it('begins anew from step 0', async () => {
    await session(TIME, 0, metrics(1, 3));
    await session(TIME + 1, 0, metrics(1, 2));
    expect(await steps()).toEqual({ [TIME]: [0], [TIME + 1]: [0, 1, 1] });
  });

  it('shows a refused update as a number', async () => {
    await session(TIME, 0, { kind: 'skipped', step: 2, reason: 'x', inARow: 3 });
    const [name] = await readdir(folder);
    const last = parse(await readFile(join(folder, name!))).at(-1)!;
    const shown = { verdict: 'keep', failures: 0, metrics: { 'health/skipped-in-a-row': 3 } } as const;
    expect(last.equals(summaryOf({ kind: 'guard', step: 2, ...shown }, TIME + 1)!)).toBe(true);
  });

  it('does not write what TensorBoard has no place for', async () => {
    await session(TIME, 0, { kind: 'warning', step: 1, message: 'x' });
    expect(await steps()).toEqual({ [TIME]: [0, 1] });
  });

  (hasTensorBoard() ? it : it.skip)('is read by TensorBoard where Python has it, each point once', async () => {
    const texts = ['call me ishmael', 'ünïcode'];
    await session(TIME, 0, metrics(1, 3.5), metrics(2, 2.5), metrics(3, 99));
    await session(TIME - 60, 2, metrics(3, 1.5), { kind: 'samples', step: 3, texts: texts.map((text) => ({ text })) });
    const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
a = EventAccumulator(sys.argv[1]); a.Reload()
texts = tensor_util.make_ndarray(a.Tensors('samples')[0].tensor_proto)
print(json.dumps({
  'loss': [[e.step, e.value] for e in a.Scalars('teacher/loss')],
  'speed': [e.value for e in a.Scalars('speed/tokens-per-second')],
  'texts': [t.decode() for t in texts], 'plugin': a.SummaryMetadata('samples').plugin_data.plugin_name }))`;
    const read = JSON.parse(
      execFileSync(python, ['-c', script, folder], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
    ) as object;
    const loss = [
      [1, 3.5],
      [2, 2.5],
      [3, 1.5],
    ];
    expect(read).toEqual({ loss, speed: [64, 64, 64], texts, plugin: 'text' });
  });
});
