import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { initialParameters } from '../dit/parameters';
import type { SafetensorsEntry } from '../safetensors/format';
import { readSafetensors } from '../safetensors/read';
import { writeSafetensors } from '../safetensors/write';
import { modelOrigin } from '../config/origin';
import { findModel } from './find-model';
import { describeModel, loadModel, saveModel } from './model-folder';
import { hashWeights } from './weights';

const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 6, timeConditioned: true };
const network = { type: 'dit', config };
let folder: string;

beforeAll(() => useBackend());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
  const parameters = initialParameters(config, randomStream(1));
  await saveModel(folder, { type: 'mdlm', network, parameters, metadata: { note: 'test' } });
  tf.dispose(parameters);
});
afterEach(() => rm(folder, { recursive: true }));

const edit = async (file: string, change: (value: Record<string, unknown>) => void) => {
  const value = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
  change(value);
  await writeFile(join(folder, file), JSON.stringify(value));
};

describe('model folder', () => {
  it('loads what was saved, bit for bit, in the published names', async () => {
    const loaded = await loadModel(folder);
    expect(loaded.network).toEqual(network);
    expect(loaded.metadata).toMatchObject({ note: 'test', format: 'pt' });
    const fresh = initialParameters(config, randomStream(1));
    for (const [name, value] of Object.entries(fresh))
      expect(loaded.parameters[name]!.dataSync()).toEqual(value.dataSync());
    const names = Object.keys(readSafetensors(await readFile(join(folder, 'model.safetensors'))).tensors);
    expect(names).toContain('backbone.rotary_emb.inv_freq');
    expect(names.every((name) => name.startsWith('backbone.'))).toBe(true);
    tf.dispose([fresh, loaded.parameters] as never);
  });

  /** The saved model as two shards and their index, in place of the one file. */
  async function split(change: (weightMap: Record<string, string>) => void = () => {}): Promise<number> {
    const whole = readSafetensors(await readFile(join(folder, 'model.safetensors')));
    const entries = Object.entries(whole.tensors);
    const weightMap: Record<string, string> = {};
    for (const [part, chosen] of [entries.slice(0, 3), entries.slice(3)].entries()) {
      const file = `model-0000${part + 1}.safetensors`;
      await writeFile(join(folder, file), writeSafetensors({ tensors: Object.fromEntries(chosen), metadata: {} }));
      chosen.forEach(([name]) => (weightMap[name] = file));
    }
    change(weightMap);
    await rm(join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
    return entries.length;
  }

  it('loads shards by their index', async () => {
    const count = await split();
    const { parameters } = await loadModel(folder);
    expect(Object.keys(parameters).length).toBe(count - 1);
    tf.dispose(parameters);
  });

  it('hashes one file as sha256 does, and shards by the hashes of their files', async () => {
    const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
    expect(await hashWeights(folder)).toBe(sha256(await readFile(join(folder, 'model.safetensors'))));
    await split();
    const shards = await Promise.all([1, 2].map((part) => readFile(join(folder, `model-0000${part}.safetensors`))));
    expect(await hashWeights(folder)).toBe(sha256(shards.map(sha256).join('\n')));
  });

  /** The saved file with its tensors changed and given other names. */
  async function rewrite(change: (name: string, entry: SafetensorsEntry) => [string, SafetensorsEntry]) {
    const path = join(folder, 'model.safetensors');
    const { tensors } = readSafetensors(await readFile(path));
    const changed = Object.fromEntries(Object.entries(tensors).map(([name, entry]) => change(name, entry)));
    await writeFile(path, writeSafetensors({ tensors: changed, metadata: {} }));
  }

  it.each(['', 'module.', '_orig_mod.backbone.', 'backbone._orig_mod.', 'model.', 'net.module.'])(
    'takes %j off the names where all have it',
    async (prefix) => {
      await rewrite((name, entry) => [name.replace('backbone.', prefix), entry]);
      const { parameters } = await loadModel(folder);
      expect(Object.keys(parameters)).toContain('vocab_embed.embedding');
      tf.dispose(parameters);
    },
  );

  it.each(['noise.eps', 'sampling_eps_min', 'model.noise.sigma_max'])('leaves out the buffer %s', async (buffer) => {
    await rewrite((name, entry) => [name.endsWith('inv_freq') ? buffer : name, entry]);
    tf.dispose((await loadModel(folder)).parameters);
  });

  it('shows a name that was found where wrappers differ or are unknown', async () => {
    await rewrite((name, entry) => [name.endsWith('embedding') ? name.replace('backbone', 'module') : name, entry]);
    await expect(loadModel(folder)).rejects.toThrow(/the first that it holds is (backbone|module)\./);
    await rewrite((name, entry) => [name.replace(/^(backbone|module)/, 'student.net'), entry]);
    await expect(loadModel(folder)).rejects.toThrow(
      /lacks the tensor vocab_embed\.embedding, and the first that it holds is student\.net\./,
    );
  });

  it('names a tensor that was left out as the same as another', async () => {
    const path = join(folder, 'model.safetensors');
    const { 'backbone.output_layer.linear.weight': _left, ...tensors } = readSafetensors(await readFile(path)).tensors;
    const metadata = { 'backbone.output_layer.linear.weight': 'backbone.vocab_embed.embedding' };
    await writeFile(path, writeSafetensors({ tensors, metadata }));
    await expect(loadModel(folder)).rejects.toThrow(
      /lacks the tensor output_layer\.linear\.weight, which was left out as the same as backbone\.vocab_embed\.embedding; save it with both/,
    );
  });

  it.each([
    [NaN, /The tensor backbone\.blocks\.0\.norm1\.weight of .*model\.safetensors holds NaN \(number 3 of 8\)/],
    [-Infinity, /holds -Infinity/],
  ])('refuses %p as a weight, by name', async (value, message) => {
    await rewrite((name, entry) => {
      const bytes = Uint8Array.from(entry.bytes);
      if (name.endsWith('norm1.weight')) new DataView(bytes.buffer).setFloat32(12, value, true);
      return [name, { ...entry, bytes }];
    });
    const before = tf.memory().numTensors;
    await expect(loadModel(folder)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses integers where a weight is asked for, with tensor and file, and takes them elsewhere', async () => {
    const asInteger = (suffix: string) =>
      rewrite((name, entry) => [name, name.endsWith(suffix) ? { ...entry, dtype: 'I32' } : entry]);
    await asInteger('inv_freq');
    tf.dispose((await loadModel(folder)).parameters);
    await asInteger('norm2.weight');
    await expect(loadModel(folder)).rejects.toThrow(
      /The tensor backbone\.blocks\.0\.norm2\.weight of .*model\.safetensors is of type I32/,
    );
  });

  it('passes over a byte-order mark, and says what a config.json is that is none', async () => {
    const path = join(folder, 'config.json');
    await writeFile(path, `\ufeff${await readFile(path, 'utf8')}`);
    expect((await describeModel(folder)).network).toEqual(network);
    await writeFile(path, 'version https://git-lfs.github.com/spec/v1\n');
    await expect(describeModel(folder)).rejects.toThrow(/config\.json is a Git LFS pointer/);
  });

  it('prefers a model saved later to the shards of one that lay in the folder', async () => {
    await split();
    const parameters = initialParameters(config, randomStream(2));
    await saveModel(folder, { type: 'mdlm', network, parameters, metadata: {} });
    const loaded = await loadModel(folder);
    const name = 'vocab_embed.embedding';
    expect(loaded.parameters[name]!.dataSync()).toEqual(parameters[name]!.dataSync());
    tf.dispose([parameters, loaded.parameters] as never);
  });

  it.each([
    [(map: Record<string, string>) => (map['backbone.vocab_embed.embedding'] = '../x'), /names the shard \.\.\/x/],
    [(map: Record<string, string>) => (map['backbone.vocab_embed.embedding'] = 3 as never), /names the shard 3/],
    [
      (map: Record<string, string>) => delete map['backbone.vocab_embed.embedding'],
      /holds backbone\.vocab_embed\.embedding, which .* places in no shard/,
    ],
    [
      (map: Record<string, string>) => (map['backbone.blocks.7.norm1.weight'] = 'model-00002.safetensors'),
      /index\.json places backbone\.blocks\.7\.norm1\.weight in model-00002\.safetensors, which has no such tensor/,
    ],
    [
      (map: Record<string, string>) => (map['backbone.vocab_embed.embedding'] = 'model-00003.safetensors'),
      /index\.json names the shard model-00003\.safetensors, which .* lacks/,
    ],
  ])('refuses an index that does not fit its shards', async (change, message) => {
    await split(change);
    await expect(loadModel(folder)).rejects.toThrow(message);
  });

  it('refuses an index that is none', async () => {
    await split();
    const index = join(folder, 'model.safetensors.index.json');
    for (const [text, message] of [
      ['{', 'is no JSON'],
      [`{"weight_map": {"a": ${'['.repeat(500)}${']'.repeat(500)}}}`, 'holds more than 500 lists'],
      ['null', 'has no weight_map'],
      ['{"__proto__": {"weight_map": {}}}', 'has no weight_map'],
    ] as const) {
      await writeFile(index, text);
      await expect(loadModel(folder)).rejects.toThrow(message);
    }
  });

  it.each([undefined, { name: 'sedd', options: { process: 'uniform' } }])('keeps the family %j', async (family) => {
    const parameters = initialParameters(config, randomStream(1));
    await saveModel(folder, { type: 'sedd', family, network, parameters, metadata: {} });
    const loaded = await loadModel(folder);
    expect(loaded.family).toEqual(family);
    const { parameters: _, metadata: __, ...described } = loaded;
    expect(await describeModel(folder)).toEqual(described);
    tf.dispose([parameters, loaded.parameters] as never);
  });

  it("keeps what the model is and how it was made, and writes a card that replaces nobody's README", async () => {
    const parameters = initialParameters(config, randomStream(1));
    const made = { updates: 400, objective: { name: 'idlm', options: { relaxation: 'simplex' } }, teacher: 'abc' };
    const save = () => saveModel(folder, { type: 'mdlm', network, parameters, role: 'student', made, metadata: {} });
    await save();
    expect(await describeModel(folder)).toMatchObject({ role: 'student', made });
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(card).toContain('# Student of type mdlm');
    expect(card).toContain('| objective | idlm {"relaxation":"simplex"} |\n| teacher\'s weights (sha256) | abc |');
    await writeFile(join(folder, 'README.md'), 'my own words');
    await save();
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('my own words');
    tf.dispose(parameters);
  });

  it.each([
    [{ updates: '400' }, {}],
    [{ updates: -1, seed: 1.5, teacher: 7, versions: { idlm: 1 } }, {}],
    [{ guard: { kept: '3' }, objective: 'idlm', data: { corpus: 3 } }, {}],
    [{ objective: { name: 3 }, data: null, guard: [], seed: 2 }, { seed: 2 }],
    [
      { objective: { name: 'idlm' }, updates: 3, ours: 'not' },
      { objective: { name: 'idlm' }, updates: 3 },
    ],
    [{ guard: { kept: 3, score: 0.5 } }, { guard: { kept: 3, score: 0.5 } }],
  ])('takes of %j what is as idlm writes it', (made, taken) => {
    expect(modelOrigin({ idlm: { role: 'student', made } })).toEqual({ role: 'student', made: taken });
  });

  it.each([3, { role: 3, made: 'here' }, []])('passes over %j that another program wrote under idlm', async (idlm) => {
    await edit('config.json', (value) => Object.assign(value, { idlm }));
    const { role, made } = await describeModel(folder);
    expect([role, made]).toEqual([undefined, undefined]);
  });

  it.each(['sedd', { options: {} }, { name: 'sedd', options: [] }])('refuses %j as a family', async (family) => {
    await edit('config.json', (value) => Object.assign(value, { family }));
    await expect(describeModel(folder)).rejects.toThrow('config.json has a family that is no { name, options }');
  });

  it('refuses to save weights that the configuration does not describe', async () => {
    const parameters = initialParameters(config, randomStream(1));
    const saved = (change: object) =>
      saveModel(folder, { network: { type: 'dit', config: { ...config, ...change } }, parameters, metadata: {} });
    await expect(saved({ vocabSize: 9 })).rejects.toThrow(
      'means vocab_embed.embedding of shape [9, 8], which is 72 numbers; 40 were given',
    );
    await expect(saved({ blocks: 2 })).rejects.toThrow('blocks.1.norm1.weight of shape [8], which is 8 numbers; none');
    tf.dispose((await loadModel(folder)).parameters);
    tf.dispose(parameters);
  });

  it.each([
    ['DUO', undefined, 'duo', true, 0],
    ['duo', false, 'duo', false, 0],
    ['sedd', undefined, 'sedd', true, 0],
    ['mdlm', undefined, 'mdlm', false, 1],
    ['mdlm', true, 'mdlm', true, 0],
    ['idlm', false, 'idlm', false, 0],
  ])(
    'reads type %s with time conditioning %p as published',
    async (type, timed, expected, timeConditioned, assumed) => {
      await edit('config.json', (value) => Object.assign(value, { model_type: type, time_conditioning: timed }));
      const described = await describeModel(folder);
      expect(described.type).toBe(expected);
      expect(described.network.config.timeConditioned).toBe(timeConditioned);
      expect(described.assumed).toHaveLength(assumed);
    },
  );

  it('asks for the noise level of a student that says nothing, and takes what is known', async () => {
    await edit('config.json', (value) => Object.assign(value, { model_type: 'idlm', time_conditioning: undefined }));
    await expect(loadModel(folder)).rejects.toThrow(
      /config\.json is of type idlm and names neither family nor time_conditioning.* name the family: --family of inspect and convert, else --preset/,
    );
    const timing = async (known: object) => (await describeModel(folder, known)).network.config.timeConditioned;
    expect(await timing({ timeConditioned: true })).toBe(true);
    expect(await timing({ family: 'duo' })).toBe(true);
    expect(await timing({ family: 'mdlm' })).toBe(false);
    expect((await describeModel(folder, { family: 'duo' })).assumed).toEqual([
      expect.stringContaining('does not say time_conditioning; true is assumed, as for duo models'),
    ]);
  });

  it.each([
    [{ time_conditioning: 'no' }, '"no" as time_conditioning, which is true or false'],
    [{ causal: 1 }, '1 as causal, which is true or false'],
    [{ row_start: '3' }, '"3" as row_start, which is a number'],
  ])('refuses %j in config.json, which would be passed over', async (more, message) => {
    await edit('config.json', (value) => Object.assign(value, more));
    await expect(describeModel(folder)).rejects.toThrow(`config.json has ${message}; mend it, or leave it out.`);
  });

  it('refuses knowledge that contradicts config.json', async () => {
    await expect(loadModel(folder, { timeConditioned: false })).rejects.toThrow(
      'config.json has time_conditioning true, and false was given (model.timeConditioning in a configuration)',
    );
  });

  it('takes a run for its newest checkpoint', async () => {
    const run = join(folder, 'run');
    for (const step of [9, 10]) {
      const parameters = initialParameters(config, randomStream(step));
      await saveModel(join(run, 'checkpoints', `step-${step}`), { type: 'mdlm', network, parameters, metadata: {} });
      tf.dispose(parameters);
    }
    const newest = join(run, 'checkpoints', 'step-10');
    for (const path of [run, join(run, 'checkpoints'), newest]) expect(await findModel(path)).toBe(newest);
    // A kill between two renames leaves it behind, and a run resumes from the newest checkpoint even so.
    await writeFile(join(run, 'checkpoints', 'latest'), 'step-9\n');
    expect(await findModel(run)).toBe(newest);
    await rm(join(newest, 'model.safetensors'));
    const { parameters } = await loadModel(run);
    const ninth = initialParameters(config, randomStream(9));
    const name = 'vocab_embed.embedding';
    expect(parameters[name]!.dataSync()).toEqual(ninth[name]!.dataSync());
    tf.dispose([parameters, ninth] as never);
  });

  it('says what stands where a model is wanted', async () => {
    const refused = (path: string, message: string | RegExp) => expect(loadModel(path)).rejects.toThrow(message);
    await refused(
      'kekchpek/idlm-mdlm',
      /does not exist; .* Models of the Hugging Face Hub are named organisation\/name, and fetched by/,
    );
    await refused(join(folder, 'model.safetensors'), `is a file; name the folder that holds it, ${folder}.`);
    const weights = join(folder, 'model.safetensors');
    await rename(weights, join(folder, 'weights.safetensors'));
    await refused(folder, 'holds weights.safetensors and no model.safetensors');
    await rename(join(folder, 'weights.safetensors'), join(folder, 'last.ckpt'));
    await refused(folder, /last\.ckpt is no checkpoint of torch\.save/);
    await rm(join(folder, 'last.ckpt'));
    await refused(folder, 'holds no model (no model.safetensors); name a model folder');
  });

  it.each([
    [
      'another architecture',
      (value: Record<string, unknown>) => (value['model_type'] = 'llama'),
      /config\.json is of model type "llama"/,
    ],
    [
      'another vocabulary',
      (value: Record<string, unknown>) => (value['vocab_size'] = 9),
      /vocab_embed\.embedding of shape \[5, 8\] where the configuration means \[9, 8\]/,
    ],
    [
      'more blocks',
      (value: Record<string, unknown>) => (value['n_blocks'] = 2),
      /lacks the tensor blocks\.1\.norm1\.weight/,
    ],
    ['fewer blocks', (value: Record<string, unknown>) => (value['n_blocks'] = 0), /blocks of the model must be/],
    ['a missing size', (value: Record<string, unknown>) => delete value['n_heads'], /lacks the number n_heads/],
  ])('refuses %s in one sentence', async (_, change, message) => {
    await edit('config.json', change);
    await expect(loadModel(folder)).rejects.toThrow(message);
  });

  it('refuses a truncated file and a folder without a model', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 500));
    await expect(loadModel(folder)).rejects.toThrow('is no valid safetensors file');
    await expect(loadModel(join(folder, 'nowhere'))).rejects.toThrow(
      'nowhere does not exist; name a model folder (config.json, model.safetensors) or a run',
    );
  });
});
