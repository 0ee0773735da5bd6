import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@idlm/tools/backend';
import { randomNetwork } from '@idlm/tools/random-network';
import { exportOnnx } from '../export';
import { writeOnnxFiles } from '../files';
import { MARK_BYTES, requireExternalData } from './external-data';

let folder: string;
let graph: string;
let data: string;

/** Writes the graph of a network, or of a wider or a changed one, with its weights apart. */
async function write(changes: Parameters<typeof randomNetwork>[0] = {}, isMarked = true): Promise<void> {
  const made = randomNetwork(changes);
  const files = await exportOnnx(made.exported, { dataFile: 'weights.bin', dataFrom: 0 });
  if (isMarked) await writeOnnxFiles(graph, files);
  else {
    const parts: Uint8Array[] = [];
    for await (const part of files.data!.parts) parts.push(part);
    await writeFile(data, Buffer.concat(parts));
    await writeFile(graph, files.model);
  }
  made.dispose();
}

beforeAll(() => useBackend());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'external-'));
  [graph, data] = [join(folder, 'model.onnx'), join(folder, 'weights.bin')];
});
afterEach(() => rm(folder, { recursive: true }));

const check = () => requireExternalData(graph);
const ADVICE = 'put the file there that was written with it, or export the model again.';

it('the sha256 of weights stands behind them, and opens their graph', async () => {
  await write();
  const bytes = await readFile(data);
  const [weights, mark] = [bytes.subarray(0, -MARK_BYTES), bytes.subarray(-MARK_BYTES)];
  expect(createHash('sha256').update(weights).digest().equals(mark)).toBe(true);
  expect(check).not.toThrow();
});

it('graphs of others, whose weights have no mark, are opened with files of any further bytes', async () => {
  await write({}, false);
  expect(check).not.toThrow();
  await appendFile(data, 'more');
  expect(check).not.toThrow();
  const { length } = await readFile(data);
  await truncate(data, length - 5);
  expect(check).toThrow(`${data} has ${length - 5} bytes, and ${graph} reads at least ${length - 4}: it is cut short`);
});

it('weights that are missing, or no file, are named', async () => {
  await write();
  await rename(data, `${data}.elsewhere`);
  expect(check).toThrow(`${graph} reads its weights from weights.bin, which is not beside it; ${ADVICE}`);
  await mkdir(data);
  expect(check).toThrow(`${graph} reads its weights from weights.bin, which cannot be read (it is no file); ${ADVICE}`);
});

it.each([
  ['a byte short', -1],
  ['of half the bytes', -10000],
  ['of no byte', -Infinity],
])('weights that are cut, %s, are refused by their size', async (_, change) => {
  await write();
  const { length } = await readFile(data);
  const size = Math.max(0, length + change);
  await truncate(data, size);
  expect(check).toThrow(
    `${data} has ${size} bytes, and ${graph} reads ${length}: it is cut short, or another model's; ${ADVICE}`,
  );
});

it('weights of a larger network are refused by their size, and of another one of the same size by their mark', async () => {
  await write({ blocks: 3 });
  const larger = await readFile(data);
  await write();
  const own = await readFile(data);
  await writeFile(data, larger);
  expect(check).toThrow(`${data} has ${larger.length} bytes, and ${graph} reads ${own.length}`);
  await writeFile(data, Buffer.concat([own, own.subarray(-MARK_BYTES)]));
  expect(check).toThrow(`${data} has ${own.length + MARK_BYTES} bytes`);
  // As many numbers, of which one is another.
  const other = Buffer.from(own.subarray(0, -MARK_BYTES));
  other[7]! ^= 1;
  await writeFile(data, Buffer.concat([other, createHash('sha256').update(other).digest()]));
  expect(check).toThrow(`${data} holds the weights of another model than ${graph}; ${ADVICE}`);
});

it.each(['../x/y.bin.', '/etc/passwd', 'a/../../bin', 'C:\\data.bin', '\\\\host\\b.in', 'a\\..\\..\\bin'])(
  'weights outside the folder of their graph are not opened: %s',
  async (location) => {
    await write();
    expect(location).toHaveLength('weights.bin'.length);
    const text = (await readFile(graph)).toString('latin1').replaceAll('weights.bin', location);
    await writeFile(graph, Buffer.from(text, 'latin1'));
    expect(check).toThrow(
      `${graph} reads weights from ${JSON.stringify(location)}, which leads out of its folder, and is not opened; export the model again.`,
    );
  },
);

it('what is no graph, or not there, is left to the runtime', async () => {
  await writeFile(graph, 'no graph');
  expect(check).not.toThrow();
  await rm(graph);
  expect(check).not.toThrow();
});
