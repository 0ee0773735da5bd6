import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeModel, openNetworkWeights } from '@idlm/denoiser/node';
import { exportOnnx } from '@idlm/onnx';
import { findOnnxLibrary, readOnnxFileMetadata, writeOnnxFiles } from '@idlm/onnx/node';
import { idlm } from '../test/command-line';

const TEACHER = join(__dirname, '../assets/teacher');

let folder: string;
let file: string;
let data: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);

/** The model as "idlm export" writes large ones: its weights beside the graph. */
async function exportApart(): Promise<void> {
  const { network } = await describeModel(TEACHER);
  const weights = await openNetworkWeights(TEACHER, network);
  const metadata = await readOnnxFileMetadata(inFolder('whole.onnx'));
  const read = (name: string) => weights.read(name);
  await writeOnnxFiles(file, await exportOnnx({ network, read }, { metadata, dataFile: 'weights.bin', dataFrom: 0 }));
  await weights.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-external-'));
  [file, data] = [inFolder('model.onnx'), inFolder('weights.bin')];
  await idlm('export', TEACHER, inFolder('whole.onnx'));
  await exportApart();
  await cp(file, inFolder('kept.onnx'));
  await cp(data, inFolder('kept.bin'));
});
afterEach(async () => {
  await cp(inFolder('kept.onnx'), file);
  await cp(inFolder('kept.bin'), data);
});
afterAll(() => rm(folder, { recursive: true }));

// ONNX Runtime has no library for some machines.
(findOnnxLibrary() ? describe : describe.skip)('a graph whose weights lie beside it', () => {
  const sample = (model: string) => idlm('sample', '--model', model, '--seed', '3');

  it('is sampled as one that holds them', async () => {
    const whole = await sample(inFolder('whole.onnx'));
    expect(await sample(file)).toMatchObject({ code: 0, out: whole.out });
  });

  const alter = async (): Promise<void> => {
    const bytes = await readFile(data);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(data, bytes);
  };
  const lead = async (): Promise<void> => {
    const text = (await readFile(file)).toString('latin1').replaceAll('weights.bin', '../here.bin');
    await writeFile(file, Buffer.from(text, 'latin1'));
  };

  it.each<[string, () => Promise<unknown>, string]>([
    ['missing', () => rm(data), 'reads its weights from weights.bin, which is not beside it'],
    ['cut', () => truncate(data, 100_000), 'weights.bin has 100000 bytes, and '],
    ['longer', () => appendFile(data, 'more'), 'it is cut short, or another model'],
    ['those of another model', alter, 'weights.bin holds the weights of another model than '],
    ['said to be elsewhere', lead, 'reads weights from "../here.bin", which leads out of its folder'],
  ])('is refused in one sentence where they are %s', async (_, damage, sentence) => {
    await damage();
    const { code, out, err } = await sample(file);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence)]);
    expect(
      err
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('error: ')),
    ).toEqual([expect.stringMatching(/export the model again\.$/)]);
    // Neither reads a graph, whatever lies beside it.
    for (const argv of [
      ['inspect', file],
      ['export', file, inFolder('again.onnx'), '--check'],
    ])
      expect(await idlm(...argv)).toMatchObject({
        code: 2,
        err: expect.stringContaining('is an ONNX file, with which'),
      });
  });
});
