import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Denoiser, type NetworkConfig, type Parameters, mdlm, randomStream } from '@idlm/core-diffusion';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { dit } from '../dit/dit';
import { describeModel, loadModel, saveModel } from '../node/model-folder';
import { readSafetensors } from '../safetensors/read';
import { denoisers, freshParameters, parameterCount } from '../registry';

interface TableConfig extends NetworkConfig {
  readonly spread: number;
}

/** Logits that are a row of a table for each token. Its names begin with what published models put before theirs. */
const shapes = ({ vocabSize }: TableConfig) => ({ 'model.table': [vocabSize, vocabSize], 'model.bias': [vocabSize] });
denoisers.register<TableConfig>('token-table', {
  description: 'a row of logits for each token',
  create: (config) => ({
    describe: () => ({ type: 'token-table', config }),
    vocabSize: config.vocabSize,
    timeConditioned: config.timeConditioned,
    apply: (weights, input) =>
      tf.tidy(() =>
        tf.add(tf.gather(weights['model.table']!, (input as { ids: tf.Tensor2D }).ids), weights['model.bias']!),
      ),
  }),
  shapes,
  initial: (config, random) =>
    Object.fromEntries(
      Object.entries(shapes(config)).map(([name, shape]) => {
        const values = random.split(name).normals(shape.reduce((a, b) => a * b, 1));
        return [
          name,
          tf.tensor(
            Float32Array.from(values, (value) => config.spread * value),
            shape,
          ),
        ];
      }),
    ),
});

const network = { type: 'token-table', config: { vocabSize: 5, length: 4, timeConditioned: false, spread: 2 } };
const family = mdlm({ vocabSize: 5, maskId: 4 }).spec;
let folder: string;

beforeAll(() => useBackend());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-network-'));
  const parameters = freshParameters(network, randomStream(1));
  await saveModel(folder, { network, family, parameters, imports: ['./table.mjs'], metadata: {} });
  tf.dispose(parameters);
});
afterEach(() => rm(folder, { recursive: true }));

const edit = async (change: object) => {
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
};

describe('a network of a registered type', () => {
  it('is saved with its tensors and its configuration as they are', async () => {
    const { tensors } = readSafetensors(await readFile(join(folder, 'model.safetensors')));
    expect(Object.keys(tensors).sort()).toEqual(['model.bias', 'model.table']);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toEqual({
      model_type: 'token-table',
      network: network.config,
      family: { name: family.name, options: family.options },
      idlm: { imports: ['./table.mjs'] },
    });
  });

  it('is loaded bit for bit, and made again', async () => {
    const loaded = await loadModel(folder);
    expect(loaded).toMatchObject({ type: 'token-table', network, imports: ['./table.mjs'], assumed: [] });
    const fresh = freshParameters(network, randomStream(1));
    expect(Object.keys(loaded.parameters)).toEqual(Object.keys(fresh));
    for (const [name, value] of Object.entries(fresh))
      expect(loaded.parameters[name]!.dataSync()).toEqual(value.dataSync());
    expect(denoisers.create(loaded.network).describe()).toEqual(network);
    expect(parameterCount(loaded.network)).toBe(30);
    tf.dispose([fresh, loaded.parameters] as never);
  });

  it('is not saved with weights that it does not have, or that are none', async () => {
    const save = (parameters: Record<string, tf.Tensor>) =>
      saveModel(folder, { network, family, parameters, metadata: {} });
    const fresh = freshParameters(network, randomStream(1));
    await expect(save({ ...fresh, 'model.scale': tf.scalar(1) })).rejects.toThrow(
      'The weights have the tensor model.scale, which the configuration of the token-table does not have.',
    );
    await expect(save({ ...fresh, 'model.bias': tf.zeros([5], 'int32') })).rejects.toThrow(
      'The tensor model.bias is of type int32; only float32 can be saved.',
    );
  });

  it('contradicts what is known of it', async () => {
    await expect(describeModel(folder, { timeConditioned: true })).rejects.toThrow(
      'config.json has time_conditioning false, and true was given',
    );
  });
});

describe('a model that nobody has made known', () => {
  it('says what to import for its network', async () => {
    await edit({ model_type: 'wave-net' });
    await expect(loadModel(folder)).rejects.toThrow(
      /config\.json is of model type "wave-net"; .* once they are registered: import what it was saved with, \.\/table\.mjs \(imports in a configuration, or --import \.\/table\.mjs\)\.$/,
    );
    await edit({ model_type: 'wave-net', idlm: undefined });
    await expect(loadModel(folder)).rejects.toThrow(
      'once they are registered: import the module that registers it (imports in a configuration, or --import).',
    );
  });

  it('says what to import for its family', async () => {
    await edit({ family: { name: 'ripples' } });
    await expect(loadModel(folder)).rejects.toThrow(
      /config\.json is of the family "ripples"; this knows mdlm, .*: import what it was saved with, \.\/table\.mjs/,
    );
  });

  it('is refused where its network is no configuration', async () => {
    await edit({ network: { vocabSize: 5 } });
    await expect(loadModel(folder)).rejects.toThrow(
      'config.json lacks a network with whole numbers vocabSize and length',
    );
  });
});

it('a transformer of a family without published models is read again', async () => {
  const config = { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 6, timeConditioned: true };
  const described = dit(config).describe();
  const parameters = freshParameters(described, randomStream(1));
  const options = { vocabSize: 5, maskId: 4 };
  const { families } = await import('@idlm/core-diffusion');
  families.register('own', { description: 'masked diffusion by another name', create: () => mdlm(options) });
  await saveModel(folder, { network: described, family: { name: 'own' }, parameters, metadata: {} });
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    model_type: 'dit',
    hidden_dim: 8,
  });
  expect(await describeModel(folder)).toMatchObject({ network: described, family: { name: 'own' } });
  tf.dispose(parameters);
});

it.each(['mdlm', 'BD3LM'])('refuses a type of the name %s, which published models have', (name) => {
  expect(() => denoisers.register(name, denoisers.get('dit'))).toThrow(
    `"${name}" is the model_type of published models (dit); choose another name.`,
  );
});

describe('a type of network that breaks its contract', () => {
  const whole = denoisers.get('token-table');
  const described = (type: string) => ({ ...network, type });

  it.each([
    ['no-apply', { apply: undefined }, 'The network "no-apply" lacks apply, which must be a function.'],
    ['alias', {}, 'The network "alias" describes itself as "token-table", by which files would name it'],
    ['narrow', { vocabSize: 4 }, 'The network "narrow" has the vocabSize 4; its configuration says 5.'],
  ])('is refused when it is made: %s', (type, flaw, message) => {
    const describe = type === 'alias' ? {} : { describe: () => described(type) };
    denoisers.register(type, {
      ...whole,
      create: (config) => ({ ...whole.create(config), ...describe, ...flaw }) as Denoiser,
    });
    expect(() => denoisers.create(described(type))).toThrow(message);
  });

  it.each([
    ['lacking', () => ({ 'model.bias': undefined }), 'have model.bias of shape none; its shapes say [5].'],
    ['beyond', () => ({ scale: tf.scalar(1) }), 'have scale of shape []; its shapes say none.'],
    ['reshaped', () => ({ 'model.bias': tf.zeros([4]) }), 'have model.bias of shape [4]; its shapes say [5].'],
  ])('is refused where its fresh weights are not those of its shapes: %s', (type, flaw, message) => {
    const initial = () => ({ ...whole.initial(network.config, randomStream(1)), ...flaw() }) as Parameters;
    denoisers.register(type, { ...whole, initial });
    expect(() => freshParameters(described(type), randomStream(1))).toThrow(message);
  });

  it('is refused where there are no fresh weights', () => {
    denoisers.register('weightless', { ...whole, initial: () => undefined as never });
    expect(() => freshParameters(described('weightless'), randomStream(1))).toThrow(
      'Fresh weights of the network "weightless" must be tensors by name; initial gave undefined.',
    );
  });

  it('is not registered without what makes its weights', () => {
    expect(() => denoisers.register('bare', { ...whole, initial: undefined as never })).toThrow(
      'What is registered as the network "bare" lacks initial, which must be a function.',
    );
  });
});
