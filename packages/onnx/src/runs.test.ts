import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mdlm } from '@idlm/core-diffusion';
import { generate } from '@idlm/samplers';
import { useBackend } from '@idlm/tools/backend';
import { golden, goldenConfig } from '@idlm/tools/golden';
import { largestDifference, randomNetwork, request } from '@idlm/tools/random-network';
import { MARK_BYTES } from './format/external-data';
import { type OnnxOptions, exportOnnx } from './index';
import { findOnnxLibrary, openOnnxFiles, openOnnxSession, writeOnnxFiles } from './node';
import { onnxDenoiser } from './runtime';

beforeAll(() => useBackend());

// ONNX Runtime has no library for some machines.
const onRuntime = findOnnxLibrary() ? describe : describe.skip;

type Made = ReturnType<typeof randomNetwork>;

/** What a network gives through a file of its graph. */
async function throughOnnx({ exported, schedule, config }: Made, options: OnnxOptions = {}) {
  const { model } = await exportOnnx(exported, options);
  const session = openOnnxSession(model, { threads: 1 });
  try {
    return await onnxDenoiser({ session, schedule }).denoise(request(config));
  } finally {
    session.dispose();
  }
}

onRuntime.each([
  ['that reads no noise level, its first projection as a table', { vocabSize: 28 }],
  ['that reads no noise level, with more tokens than channels', { vocabSize: 200 }],
  ['that reads the noise level', { timeConditioned: true }],
  ['of one block and one head', { blocks: 1, heads: 1, timeConditioned: true }],
])('a network %s', (_, changes) => {
  let made: Made;
  beforeAll(() => {
    made = randomNetwork(changes);
  });
  afterAll(() => made.dispose());

  it.each([23, 21] as const)('gives the logits of the engine with operators of opset %i', async (opset) => {
    const expected = await made.engine.denoise(request(made.config));
    expect(Math.max(...expected)).toBeGreaterThan(1);
    expect(largestDifference(await throughOnnx(made, { opset }), expected)).toBeLessThan(1e-5);
  });

  it('gives nearly those with weights of fewer bits, in smaller files', async () => {
    const expected = await throughOnnx(made);
    const size = async (weights: OnnxOptions['weights']) => (await exportOnnx(made.exported, { weights })).model.length;
    const error = async (weights: OnnxOptions['weights']) =>
      largestDifference(await throughOnnx(made, { weights }), expected);
    // The weights are random, so that roundings add up as those of a trained network do not.
    expect(await error('f16')).toBeLessThan(0.01);
    expect(await error('q8')).toBeLessThan(0.15);
    expect(await error('int8')).toBeLessThan(0.25);
    const fourBits = await error('q4');
    expect(fourBits).toBeLessThan(2);
    expect(fourBits).toBeGreaterThan(await error('q8'));
    const sizes = [await size('f32'), await size('f16'), await size('q8'), await size('q4')];
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });
});

/** A network of the golden set, by its weights. */
function goldenNetwork(name: string, timeConditioned: boolean) {
  const data = golden(name);
  const [vocabSize, sizes] = [data.tensor('backbone.vocab_embed.embedding').shape[0]!, goldenConfig()];
  const config = {
    ...{ hidden: sizes['hidden']!, heads: sizes['heads']!, cond: sizes['cond']!, length: sizes['length']! },
    ...{ blocks: data.names.filter((key) => key.endsWith('attn_qkv.weight')).length, vocabSize, timeConditioned },
  };
  const read = (key: string) => Float32Array.from(data.tensor(`backbone.${key}`).values);
  return { network: { type: 'dit', config }, read };
}

onRuntime.each(['mdlm', 'mdlm_time', 'duo_hard', 'sedd_absorb', 'sedd_uniform'])('the reference %s', (name) => {
  it.each([23, 21] as const)('has its own logits with opset %i', async (opset) => {
    const data = golden(`dit_forward/${name}`);
    const { time_conditioning = true, weights } = data.params as { time_conditioning?: boolean; weights?: string };
    const set = weights ?? `${name.includes('duo') ? 'dit_duo' : 'dit_mdlm'}/weights`;
    const { model } = await exportOnnx(goldenNetwork(set, time_conditioning), { opset });
    const session = openOnnxSession(model, { threads: 1 });
    const { shape, values } = data.tensor('xt');
    const [rows, length] = shape as [number, number];
    const all = Int32Array.from({ length: rows * length }, (_, i) => i);
    const sigma = { type: 'float32' as const, data: Float32Array.from(data.numbers('sigma')), dims: [rows] };
    const { logits } = await session.run({
      tokens: { type: 'int32', data: Int32Array.from(values), dims: [rows, length] },
      positions: { type: 'int32', data: all, dims: [all.length] },
      ...(time_conditioning ? { sigma } : {}),
    });
    expect(largestDifference(logits.data, data.numbers('raw_logits_f32'))).toBeLessThan(3e-5);
    session.dispose();
  });
});

onRuntime('a network behind samplers', () => {
  it('samples the tokens that the engine samples, by the same seed', async () => {
    const made = randomNetwork();
    const family = mdlm({ vocabSize: 28, maskId: 27 });
    const { model } = await exportOnnx(made.exported);
    const session = openOnnxSession(model);
    const options = { batch: 6, length: 24, seed: 3, timeConditioned: false };
    const [own, runtime] = [made.engine, onnxDenoiser({ session })];
    expect((await generate(runtime, family, 6, options)).tokens).toEqual(
      (await generate(own, family, 6, options)).tokens,
    );
    session.dispose();
    made.dispose();
  });

  it('runs with the weights beside the graph as with them in it', async () => {
    const made = randomNetwork();
    const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
    const path = join(folder, 'model.onnx');
    const apart = () => exportOnnx(made.exported, { dataFile: 'weights.bin', dataFrom: 0 });
    await writeOnnxFiles(path, await apart());
    expect((await readdir(folder)).sort()).toEqual(['model.onnx', 'weights.bin']);
    const { size } = await stat(join(folder, 'weights.bin'));
    expect([size, (await stat(path)).size < size / 5]).toEqual([(await apart()).data!.bytes + MARK_BYTES, true]);
    const expected = await throughOnnx(made);
    for (const session of [openOnnxSession(path), await openOnnxFiles(await apart())]) {
      expect(await onnxDenoiser({ session }).denoise(request(made.config))).toEqual(expected);
      session.dispose();
    }
    await rm(folder, { recursive: true });
    made.dispose();
  });

  it('leaves a file as it was where a weight cannot be read, or a check fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
    await writeFile(join(folder, 'model.onnx'), 'before');
    const broken = { model: new Uint8Array(), data: { name: 'weights.bin', bytes: 9, parts: failing() } };
    await expect(writeOnnxFiles(join(folder, 'model.onnx'), broken)).rejects.toThrow('gone');
    const made = randomNetwork();
    const whole = await exportOnnx(made.exported, { dataFile: 'weights.bin', dataFrom: 0 });
    const refuse = (unfinished: string) => {
      openOnnxSession(unfinished).dispose();
      return Promise.reject(new Error('too far off'));
    };
    await expect(writeOnnxFiles(join(folder, 'model.onnx'), whole, refuse)).rejects.toThrow('too far off');
    made.dispose();
    expect([await readdir(folder), await readFile(join(folder, 'model.onnx'), 'utf8')]).toEqual([
      ['model.onnx'],
      'before',
    ]);
    await rm(folder, { recursive: true });
  });
});

/** Parts of which one cannot be made. */
async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3);
  throw await Promise.resolve(new Error('gone'));
}
