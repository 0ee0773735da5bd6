import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../denoiser';
import type { Family } from '../families/family';
import { mdlm } from '../families/mdlm/mdlm';
import { families } from '../families/registry';
import type { NoiseFeeds } from '../noise/noise';
import { randomStream } from '../random/stream';
import { upload } from '../tensors/feeds';
import { batchLoss, drawLoss } from './batch-loss';

beforeAll(() => useBackend());

const batch = { ids: Int32Array.of(0, 1, 2, 1, 0, 2), batch: 2, length: 3 };
const evenly: Denoiser = {
  describe: () => ({ type: 'evenly', config: { vocabSize: 4, length: 3, timeConditioned: false } }),
  vocabSize: 4,
  timeConditioned: false,
  apply: (_, __, ___, { positions } = {}) => tf.zeros([positions!.size, 4]),
};

/** The loss of a batch under a family of one's own, which changes some of MDLM's members. */
const lossOf = (change: (base: Family) => Partial<Family>) => {
  const base: Family = mdlm({ vocabSize: 4, maskId: 3 }) as never;
  const family: Family = { ...base, spec: { name: 'own' }, ...change(base) };
  const drawn = drawLoss(family, batch, randomStream(1));
  return tf.tidy(() => batchLoss({ family, denoiser: evenly }, {}, upload(drawn)).dataSync()[0]);
};

describe('what a family of one’s own gives', () => {
  it('has a loss where it keeps its contract', () => expect(lossOf(() => ({}))).toBeGreaterThan(0));

  it.each<[string, (base: Family) => object, string | RegExp]>([
    [
      'noise: nothing',
      () => ({ noise: () => undefined }),
      'What noise of the family "own" gives is undefined; it must',
    ],
    [
      'noise without slots',
      (base) => ({ noise: (...given: Parameters<Family['noise']>) => ({ ...base.noise(...given), slots: undefined }) }),
      'What noise of the family "own" gives lacks slots, which must be an object.',
    ],
    [
      'noise of arrays',
      (base) => ({ noise: (...given: Parameters<Family['noise']>) => ({ ...base.noise(...given), sigma: [1, 1] }) }),
      'What noise of the family "own" gives as sigma lacks values, which must be an object.',
    ],
    ['corrupt: nothing', () => ({ corrupt: () => undefined }), 'What corrupt of the family "own" gives is undefined'],
    [
      'a loss that is a tensor',
      () => ({ loss: () => tf.zeros([6]) }),
      'What loss of the family "own" gives lacks perPosition, which must be an object.',
    ],
    [
      'a loss of all slots',
      () => ({ loss: () => ({ perPosition: tf.scalar(1) }) }),
      /perPosition of the loss of the family "own" must have shape \[N = \d\]; it has \[\]\./,
    ],
  ])('is refused by name: %s', (_, change, message) => {
    expect(() => lossOf(change as (base: Family<NoiseFeeds>) => Partial<Family>)).toThrow(message);
  });
});

it.each(['kind', 'prior', 'isOpen', 'posterior', 'scoresToStep'])(
  'a family whose process lacks %s is refused when it is made',
  (member) => {
    const name = `without-${member}`;
    families.register(name, {
      description: 'a process that is not whole',
      create(_, vocabulary) {
        const base = mdlm({ maskId: 3, ...vocabulary });
        return { ...base, spec: { name }, process: { ...base.process, [member]: undefined } } as never;
      },
    });
    expect(() => families.create(name, { vocabSize: 4 })).toThrow(
      `The family "${name}"'s process lacks ${member}, which must be a`,
    );
  },
);
