import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { SavedModel } from '../../config/saved-model';
import { convertModel } from '../convert';
import { describeModel } from '../model-folder';
import { openWeights } from '../open-weights';
import { openTorchCheckpoint } from './checkpoint-file';
import { describeCheckpoint } from './describe-checkpoint';
import { readPickle } from './pickle';
import { PickledDict, type PickleValue } from './pickle-values';
import { type Picklable, writePickle } from './pickle-writer';

const PUBLISHED = join(__dirname, '../../../test/published');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A published model as a checkpoint alone, without the config.json beside it. */
async function checkpointOf(name: string, family?: SavedModel['family']): Promise<string> {
  const from = join(PUBLISHED, name);
  const { type, assumed: _, ...others } = await describeModel(from);
  const source = await openWeights(from);
  const model = { ...others, ...(family ? { family } : others.family ? {} : { type }) };
  await convertModel({ source, from, to: join(folder, name), model, layout: 'ckpt', replace: true });
  await source.close();
  await copyFile(join(folder, name, 'model.ckpt'), join(folder, `${name}.ckpt`));
  return join(folder, `${name}.ckpt`);
}

const logLinear = { name: 'log-linear', options: { eps: 1e-3 } };
const geometric = { name: 'geometric', options: { sigmaMin: 1e-4, sigmaMax: 20 } };

describe('a model as a checkpoint of PyTorch', () => {
  it.each([
    ['mdlm-owt', { name: 'mdlm', options: { schedule: logLinear } }],
    ['duo', { name: 'duo', options: { schedule: logLinear } }],
    ['udlm', { name: 'udlm', options: { schedule: logLinear } }],
    ['sedd-small', { name: 'sedd', options: { process: 'absorbing', schedule: logLinear, scaleBySigma: true } }],
    ['sedd-uniform-repaired', { name: 'sedd', options: { process: 'uniform', schedule: geometric } }],
    ['autoregressive', undefined],
  ])('tells the same network and family, and holds the same numbers twice: %s', async (name, family) => {
    const path = await checkpointOf(name);
    const before = await openWeights(join(PUBLISHED, name));
    for (const weights of ['ema', 'raw'] as const) {
      const source = await openTorchCheckpoint(path, weights);
      const described = await describeCheckpoint(source);
      expect(described.network).toEqual((await describeModel(join(PUBLISHED, name))).network);
      expect(described.family).toEqual(family);
      for (const [own, { bytes, shape }] of await entriesOf(before)) {
        const there = await source.read(own.startsWith('backbone.') ? own : `backbone.${own}`);
        expect([own, there.shape, Buffer.compare(there.bytes, bytes)]).toEqual([own, shape, 0]);
      }
      await source.close();
    }
    await before.close();
  });

  it.each([
    [{ name: 'mdlm', options: { schedule: { name: 'cosine' } } }, 'has no place for the noise schedule cosine'],
    [{ name: 'd3pm' }, 'has no place for a model of d3pm'],
  ])('is refused for what trainers of the references have not: %j', async (family, sentence) => {
    await expect(checkpointOf('mdlm-owt', family)).rejects.toThrow(sentence);
  });
});

async function entriesOf(source: Awaited<ReturnType<typeof openWeights>>) {
  const names = Object.keys(source.tensors);
  return Promise.all(names.map(async (name) => [name, await source.read(name)] as const));
}

describe('writePickle', () => {
  /** A value as the reader has it. */
  const asRead = (value: Picklable): PickleValue => {
    if (Array.isArray(value)) return value.map((one: Picklable) => asRead(one));
    if (typeof value !== 'object' || value === null) return value;
    const dict = new PickledDict();
    dict.items.push(
      ...Object.entries(value).map(([key, one]): [string, PickleValue] => [key, asRead(one as Picklable)]),
    );
    return dict;
  };
  const data = fc.letrec<{ value: Picklable }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }).filter((one) => !Object.is(one, -0)),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).filter((one) => !('tensor' in one)),
    ),
  })).value;

  it('writes any plain data as the reader reads it', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(readPickle(writePickle(value), 'x')).toEqual(asRead(value));
      }),
      { numRuns: 200 },
    );
  });
});
