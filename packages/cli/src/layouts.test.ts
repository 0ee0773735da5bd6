import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Spec, randomStream } from '@idlm/core-diffusion';
import { characterTokenizer, tokenizerFiles } from '@idlm/data';
import { dit, initialParameters, readSafetensors, writeSafetensors } from '@idlm/denoiser';
import { describeModel, saveModel } from '@idlm/denoiser/node';
import { openEngine } from '@idlm/engine';
import { idlm } from '../test/command-line';
import { PUBLISHED, publish } from '../test/published-folder';

const CHECKPOINTS = join(__dirname, '../../denoiser/test/checkpoints');

let folder: string;
const inFolder = (...parts: string[]) => join(folder, ...parts);
const json = async (...parts: string[]) => JSON.parse(await readFile(inFolder(...parts), 'utf8'));
const tensorsIn = async (name: string) =>
  readSafetensors(Uint8Array.from(await readFile(inFolder(name, 'model.safetensors')))).tensors;

const schedule = { name: 'log-linear', options: { eps: 1e-3 } };
const geometric = { name: 'geometric', options: { sigmaMin: 1e-4, sigmaMax: 20 } };
const MODELS: Readonly<Record<string, Spec>> = {
  mdlm: { name: 'mdlm', options: { schedule } },
  duo: { name: 'duo', options: { schedule } },
  sedd: { name: 'sedd', options: { process: 'absorbing', schedule, scaleBySigma: true } },
  'sedd-uniform': { name: 'sedd', options: { process: 'uniform', schedule: geometric } },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layouts-'));
  await openEngine({ prefer: 'wasm' });
  const sizes = { hidden: 8, blocks: 1, heads: 2, cond: 4, length: 8, vocabSize: 28 };
  for (const [name, family] of Object.entries(MODELS)) {
    const config = { ...sizes, timeConditioned: name !== 'mdlm' };
    const parameters = initialParameters(config, randomStream(name));
    await saveModel(inFolder(name), { network: dit(config).describe(), family, parameters, metadata: {} });
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('idlm convert --layout', () => {
  it.each(Object.keys(MODELS))(
    'writes the layout of the reference, and reads it as the same model: %s',
    async (name) => {
      const layout = MODELS[name]!.name;
      const there = `${name}-there`;
      expect((await idlm('convert', inFolder(name), inFolder(there), '--layout', layout)).code).toBe(0);
      const [before, after] = [await describeModel(inFolder(name)), await describeModel(inFolder(there))];
      expect(after.network).toEqual(before.network);
      // SEDD's configuration alone says all of its family.
      if (layout === 'sedd') expect(after.family).toEqual(before.family);
      const [own, converted] = [await tensorsIn(name), await tensorsIn(there)];
      const nameThere = (tensor: string) => (layout === 'sedd' ? tensor.replace('backbone.', '') : tensor);
      expect(Object.keys(converted).sort()).toEqual(Object.keys(own).map(nameThere).sort());
      for (const [tensor, { bytes }] of Object.entries(own))
        expect(Buffer.compare(converted[nameThere(tensor)]!.bytes, bytes)).toBe(0);
    },
  );

  it('writes the fields that the references read', async () => {
    await idlm('convert', inFolder('duo'), inFolder('fields-duo'), '--layout', 'duo');
    expect(await json('fields-duo', 'config.json')).toEqual({
      ...{ architectures: ['DUO'], model_type: 'DUO', causal: false, var_min: true, cond_dim: 4, dropout: 0.1 },
      ...{ hidden_dim: 8, model_length: 8, n_blocks: 1, n_heads: 2, return_dict: false, torch_dtype: 'float32' },
      vocab_size: 28,
    });
    await idlm('convert', inFolder('mdlm'), inFolder('fields-mdlm'), '--layout', 'mdlm', '--dtype', 'bf16');
    expect(await json('fields-mdlm', 'config.json')).toMatchObject({ torch_dtype: 'bfloat16' });
    await idlm('convert', inFolder('sedd'), inFolder('fields-sedd'), '--layout', 'sedd');
    expect(await json('fields-sedd', 'config.json')).toMatchObject({
      tokens: 27,
      graph: { type: 'absorb' },
      noise: { type: 'loglinear' },
      model: { hidden_size: 8, cond_dim: 4, length: 8, n_blocks: 1, n_heads: 2, scale_by_sigma: true },
    });
  });

  it.each([
    ['mdlm', 'cosine'],
    ['duo', { name: 'log-linear', options: { eps: 1e-2 } }],
    ['sedd', { name: 'log-linear', options: { eps: 1e-2 } }],
    ['sedd', 'cosine'],
  ])('refuses a noise schedule that the layout of %s would lose: %j', async (name, other) => {
    await cp(inFolder(name), inFolder('scheduled'), { recursive: true });
    const config = await json('scheduled', 'config.json');
    config.family.options.schedule = other;
    await writeFile(inFolder('scheduled', 'config.json'), JSON.stringify(config));
    const { code, err } = await idlm('convert', inFolder('scheduled'), inFolder('lost'), '--layout', name);
    expect([code, err]).toEqual([2, expect.stringContaining(`has no place for the noise schedule`)]);
    expect((await idlm('convert', inFolder('scheduled'), inFolder('kept'), '--force')).code).toBe(0);
    expect((await json('kept', 'config.json')).family.options.schedule).toEqual(other);
  });

  it.each([
    ['mdlm', 'ours'],
    ['sedd', 'sedd'],
  ])('puts classes of Python beside %s in the layout %s, and names them', async (name, layout) => {
    const there = `${name}-classes`;
    await idlm('convert', inFolder(name), inFolder(there), '--layout', layout, '--transformers');
    const classes = {
      AutoModelForMaskedLM: 'modeling_idlm.IdlmForMaskedLM',
      AutoConfig: 'configuration_idlm.IdlmConfig',
    };
    const fields = await json(there, 'config.json');
    expect(fields).toMatchObject({ architectures: ['IdlmForMaskedLM'], auto_map: classes, return_dict: false });
    for (const target of Object.values<string>(fields.auto_map)) {
      const [file, own] = target.split('.');
      expect(await readFile(inFolder(there, `${file}.py`), 'utf8')).toContain(`class ${own}(`);
    }
    expect((await describeModel(inFolder(there))).network).toEqual((await describeModel(inFolder(name))).network);
  });

  it('refuses a model that the layout has no place for, and writes nothing', async () => {
    const { code, err } = await idlm('convert', inFolder('duo'), inFolder('none'), '--layout', 'mdlm');
    expect([code, err]).toEqual([2, expect.stringContaining('The layout of mdlm has no place for a model of duo')]);
    await expect(readFile(inFolder('none', 'config.json'))).rejects.toThrow('ENOENT');
  });
});

describe('idlm inspect', () => {
  it('says family, sizes, types and what is odd', async () => {
    const { code, out, err } = await idlm('inspect', inFolder('duo'));
    expect([code, err]).toEqual([0, expect.stringContaining('There is no tokenizer.json')]);
    const lines = out.split('\n').map((line) => line.split(/ {2,}/));
    const found = Object.fromEntries(lines.map(([name, value]) => [name, value]));
    expect(found).toMatchObject({
      model: 'of type duo',
      network: '1 blocks of 8, 2 heads, 8 tokens',
      vocabulary: '28 tokens',
      mask: 'none',
      'reads the noise level': 'yes',
      types: 'F32 (2,676)',
      'not weights': 'backbone.rotary_emb.inv_freq',
      tokenizer: 'none',
    });
  });

  it.each([
    ['mdlm', 27],
    ['duo', null],
    ['sedd', 27],
    ['sedd-uniform', null],
  ])('says which token is the mask of %s', async (name, maskId) => {
    expect(JSON.parse((await idlm('inspect', inFolder(name), '--json')).out)).toMatchObject({ mask: maskId });
  });

  it('says the mask that loading assumes of a published model, as convert does, which records it', async () => {
    await publish(inFolder('published'), PUBLISHED.mdlm);
    const sentence = 'names no noise schedule or mask; log-linear and token 50257 are assumed, as mdlm has it.';
    const { out, err } = await idlm('inspect', inFolder('published'));
    expect([out, err]).toEqual([expect.stringMatching(/^mask +token 50257$/m), expect.stringContaining(sentence)]);
    const converted = await idlm('convert', inFolder('published'), inFolder('told'), '--json');
    expect([JSON.parse(converted.out).mask, converted.err]).toEqual([50257, expect.stringContaining(sentence)]);
    const assumed = `The config.json ${sentence}`;
    expect((await json('told', 'config.json')).idlm.made.assumed).toEqual([assumed]);
    expect(await readFile(inFolder('told', 'README.md'), 'utf8')).toContain(assumed);
  });

  it('says no mask where nothing tells the family, and why loading would refuse the model', async () => {
    await publish(inFolder('untold'), { ...PUBLISHED.duo, model_type: 'idlm', time_conditioning: true });
    const untold = await idlm('inspect', inFolder('untold'));
    expect([untold.code, untold.out]).toEqual([0, expect.stringMatching(/^mask +not known$/m)]);
    expect(untold.err).toContain('its config.json names no family');
    const told = await idlm('inspect', inFolder('untold'), '--family', 'duo', '--json');
    expect(JSON.parse(told.out)).toMatchObject({ mask: null });
    await idlm('convert', inFolder('mdlm'), inFolder('other'));
    const files = tokenizerFiles(characterTokenizer([...'0123456789']));
    await writeFile(inFolder('other', 'tokenizer.json'), files['tokenizer.json']);
    const other = await idlm('inspect', inFolder('other'));
    expect(other.err).toMatch(/has a vocabulary of 28 tokens, the tokenizer one of 10, with a mask 11/);
  });

  it('gives programs the same as JSON, of checkpoints too', async () => {
    const { code, out } = await idlm('inspect', join(CHECKPOINTS, 'mdlm.ckpt'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      type: 'mdlm',
      network: { type: 'dit', config: { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 12, length: 6 } },
      tensors: 21,
      buffers: ['backbone.rotary_emb.inv_freq'],
      odd: expect.arrayContaining(['Weights are the running average (ema).']),
    });
  });

  it('says of a broken tokenizer that it is, and the rest all the same', async () => {
    await idlm('convert', inFolder('mdlm'), inFolder('tokenizer'));
    await writeFile(inFolder('tokenizer', 'tokenizer.json'), '{"model": 3}');
    const { code, out, err } = await idlm('inspect', inFolder('tokenizer'));
    expect([code, out, err]).toEqual([
      0,
      expect.stringContaining('of type mdlm'),
      expect.stringContaining('The tokenizer cannot be read: '),
    ]);
  });

  it('takes a file of safetensors by itself, of whatever it is', async () => {
    const { code, out } = await idlm('inspect', inFolder('sedd', 'model.safetensors'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      tensors: 21,
      metadata: { format: 'pt' },
      shapes: { 'backbone.vocab_embed.embedding': [28, 8] },
    });
    const told = await idlm('inspect', inFolder('sedd', 'model.safetensors'));
    expect(told.out).toMatch(/backbone\.vocab_embed\.embedding +\[28, 8\]/);
  });

  it('says that float64 is rounded, as convert does, and keeps what was assumed', async () => {
    await cp(inFolder('mdlm'), inFolder('double'), { recursive: true });
    const path = inFolder('double', 'model.safetensors');
    const { tensors, metadata } = readSafetensors(Uint8Array.from(await readFile(path)));
    const name = 'backbone.output_layer.linear.bias';
    const bytes = new Uint8Array(new Float64Array(28).fill(0.1).buffer);
    const changed = { ...tensors, [name]: { ...tensors[name]!, dtype: 'F64' as const, bytes } };
    await writeFile(path, writeSafetensors({ tensors: changed, metadata }));
    const sentence = 'Weights of type F64 are rounded to float32';
    expect((await idlm('inspect', inFolder('double'))).err).toContain(sentence);
    expect((await idlm('convert', inFolder('double'), inFolder('single'))).err).toContain(sentence);
    const { idlm: told } = await json('single', 'config.json');
    expect(told.made.assumed).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
    expect(JSON.stringify(told)).not.toContain(folder);
    expect(await readFile(inFolder('single', 'README.md'), 'utf8')).toContain(sentence);
  });

  it('refuses what is broken: weights of another architecture, and no whole file', async () => {
    await idlm('convert', inFolder('mdlm'), inFolder('broken'));
    const path = inFolder('broken', 'config.json');
    const fields = await json('broken', 'config.json');
    await writeFile(path, JSON.stringify({ ...fields, n_blocks: 2 }));
    const other = await idlm('inspect', inFolder('broken'));
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('lacks the tensor blocks.1.norm1.weight')]);
    await writeFile(path, JSON.stringify({ ...fields, n_blocks: 1e9 }));
    const absurd = await idlm('inspect', inFolder('broken'));
    expect([absurd.code, absurd.err]).toEqual([2, expect.stringContaining('blocks of the model is at most 4096')]);
    const weights = inFolder('broken', 'model.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 5000));
    const cut = await idlm('inspect', inFolder('broken'));
    expect([cut.code, cut.err]).toEqual([2, expect.stringContaining('is no valid safetensors file')]);
  });
});
