import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c';
import { record, restartEvent, summaryOf, versionEvent } from './event-messages';
import type { TrainEvent } from './events';
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

let time = 1_700_000_000_000;
async function session(from: number, ...events: TrainEvent[]): Promise<void> {
  const sink = tensorBoardFile({ folder, clock: () => (time += 250) });
  await sink.start(from);
  for (const event of events) await sink.write(event);
  await sink.flush();
  await sink.close();
}

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
    ['a restart', restartEvent(2.25, 301), '100000000000000095fbfe1809000000000000024010ad023a020801518d2ae0'],
    [
      'scalars',
      summaryOf(metrics(300, 3.5), 2.25)!,
      '4300000000000000b18525a009000000000000024010ac022a350a130a0c746561636865722f6c6f737315000060400a1e0a1773706565642f746f6b656e732d7065722d7365636f6e64150000804275ec06ea',
    ],
  ])('of %s is byte for byte the reference one', (_, event, expected) => {
    expect(Buffer.from(record(event)).toString('hex')).toBe(expected);
  });
});

describe('tensorBoardFile', () => {
  it('writes one file per session, whose names keep their order', async () => {
    await session(0, metrics(1, 3));
    await session(1, metrics(2, 2));
    const names = await readdir(folder);
    expect(names.sort().map((name) => Number(name.split('.').at(-1)))).toEqual([0, 1]);
    expect(names.every((name) => /^events\.out\.tfevents\.\d{10}\./.test(name))).toBe(true);
    const counts = await Promise.all(names.map(async (name) => parse(await readFile(join(folder, name))).length));
    expect(counts).toEqual([2, 3]);
  });

  it('does not write what TensorBoard has no place for', async () => {
    await session(0, { kind: 'warning', step: 1, message: 'x' });
    expect(parse(await readFile(join(folder, (await readdir(folder))[0]!)))).toHaveLength(1);
  });

  (hasTensorBoard() ? it : it.skip)('is read by TensorBoard, which drops the steps after a restart', async () => {
    const texts = ['call me ishmael', 'ünïcode'];
    await session(0, metrics(1, 3.5), metrics(2, 2.5), metrics(3, 99));
    await session(2, metrics(3, 1.5), { kind: 'samples', step: 3, texts });
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
