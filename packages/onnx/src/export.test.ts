import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import { randomNetwork } from '@idlm/tools/random-network';
import { exportOnnx, readOnnxMetadata } from './index';
import { readOnnxFileMetadata } from './node';

beforeAll(() => useBackend());

describe('the files', () => {
  it('hold the weights beside the graph from 256 MB on, made part by part', async () => {
    const config = { hidden: 2048, blocks: 1, heads: 16, cond: 8, length: 8, vocabSize: 16000, timeConditioned: false };
    const reads: string[] = [];
    const read = (name: string): Float32Array => {
      reads.push(name);
      return new Float32Array(config.vocabSize * config.hidden);
    };
    const { model, data } = await exportOnnx({ network: { type: 'dit', config }, read });
    expect(data!.bytes).toBeGreaterThan(2 ** 28);
    expect([model.length < 1e5, reads]).toEqual([true, []]);
    for await (const part of data!.parts) if (reads.length || part.byteLength === 0) break;
    expect(reads).toHaveLength(1);
  });

  it('carry texts by name', async () => {
    const made = randomNetwork();
    const metadata = { config: '{"model_type":"mdlm"}', tokenizer: 'ä€😀' };
    const { model } = await exportOnnx(made.exported, { metadata });
    expect(readOnnxMetadata(model)).toEqual(metadata);
    expect(readOnnxMetadata(model.subarray(0, 200))).toEqual(metadata);
    made.dispose();
  });

  it('are read for those texts without their graph', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
    const path = join(folder, 'model.onnx');
    const made = randomNetwork();
    const metadata = { long: 'ä€😀'.repeat(5000), short: '' };
    const { model } = await exportOnnx(made.exported, { metadata });
    // What follows the texts is not read, whole or not.
    await writeFile(path, model.subarray(0, 60_000));
    expect(await readOnnxFileMetadata(path)).toEqual(metadata);
    for (const bytes of [model.subarray(0, 30_000), new Uint8Array(), new TextEncoder().encode('PK a zip')]) {
      await writeFile(path, bytes);
      await expect(readOnnxFileMetadata(path)).rejects.toThrow(`${path} is no ONNX file`);
    }
    await expect(readOnnxFileMetadata(folder)).rejects.toThrow(InputError);
    await rm(folder, { recursive: true });
    made.dispose();
  });

  it('are refused as others', () => {
    expect(() => readOnnxMetadata(new TextEncoder().encode('{"model": 1}'))).toThrow('This is no ONNX file');
  });
});

it('refuses networks that it has no graph of', async () => {
  const config = { ...randomNetwork().config, causal: true };
  const refused = (type: string) => exportOnnx({ network: { type, config }, read: () => new Float32Array() });
  await expect(refused('causal-dit')).rejects.toThrow('Networks of the type "causal-dit" are not written as ONNX');
  await expect(refused('mamba')).rejects.toThrow('Networks of the type "mamba" are not written as ONNX');
});

it('refuses weights that half precision has no number for', async () => {
  const made = randomNetwork();
  const read = async (name: string) => {
    const values = Float32Array.from(await made.exported.read(name));
    if (name === 'blocks.1.mlp.0.weight') values[5] = 1e6;
    return values;
  };
  await expect(exportOnnx({ ...made.exported, read }, { weights: 'f16' })).rejects.toThrow('too large for F16');
  made.dispose();
});
