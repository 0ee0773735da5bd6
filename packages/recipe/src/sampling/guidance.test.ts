import { type Family, mdlm, udlm } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import { FREE, type Denoise, classifiers } from '@idlm/samplers';
import { resolveConfig } from '../config/load';
import { type Guided, checkGuidance, configuredGuide } from './guidance';

const family = mdlm({ vocabSize: 4, maskId: 3 });
const model = (vocabSize = 4, length = 3, rowStart?: number) =>
  ({ network: { config: { vocabSize, length, rowStart } } }) as unknown as Guided['model'];

/** A model with some settings of how it is sampled. */
const guidedBy = (settings: readonly string[], of: Family = family, own = model()): Guided => ({
  ...{ folder: 'whales', model: own, family: of },
  config: resolveConfig({ settings }).config,
  tokenizer: { decode: (ids: ArrayLike<number>) => Array.from(ids).join('') } as unknown as Tokenizer,
});

/** Logits that tell what a network was shown: the token at the first position likes itself. */
const showing: Denoise = async ({ tokens, length, positions }) =>
  Float64Array.from({ length: positions.length * 4 }, (_, i) => {
    const row = Math.floor(positions[Math.floor(i / 4)]! / length);
    return i % 4 === tokens[row * length] ? 1 : 0;
  });
const asked = (...tokens: number[]) => ({
  ...{ tokens: Int32Array.from(tokens), length: 3, t: 0.5 },
  ...{ positions: Int32Array.of(2), rows: Int32Array.of(5) },
});
const request = { clamp: Int32Array.of(0, FREE, FREE), firstRow: 5, length: 3 };

describe('guidance by what is given', () => {
  it('leads away from the network that sees masks in its place', async () => {
    const guide = (await configuredGuide(guidedBy(['sampling.guidance=3'])))!;
    const logits = await guide({ denoise: showing }, request).denoise(asked(0, 3, 3));
    // 3 · (1, 0, 0, 0) − 2 · (0, 0, 0, 1)
    expect(logits).toBeCloseToArray([3, 0, 0, -2], { atol: 1e-12 });
  });

  it('hides no token that stands before every row, and needs something that is given', async () => {
    const begun = guidedBy(['sampling.guidance=3'], family, model(4, 3, 0));
    const guide = (await configuredGuide(begun))!;
    expect(() => guide({ denoise: showing }, request)).toThrow(
      'Guidance is by what is given, and nothing is: give a --prompt, or --unconditional or --classifier.',
    );
    const given = { ...request, clamp: Int32Array.of(0, 1, FREE) };
    const logits = await guide({ denoise: showing }, given).denoise(asked(0, 1, 3));
    expect(logits).toBeCloseToArray([1, 0, 0, 0], { atol: 1e-12 });
    const plain = (await configuredGuide(guidedBy(['sampling.guidance=3'])))!;
    expect(() => plain({ denoise: showing }, { ...request, clamp: undefined })).toThrow('and nothing is');
  });
});

it('leads away from another model where one is named', async () => {
  const other: Denoise = async () => Float64Array.of(0, 1, 0, 0);
  const guide = (await configuredGuide(guidedBy(['sampling.guidance=2', 'sampling.unconditional=books']), {
    denoise: other,
  }))!;
  const logits = await guide({ denoise: showing }, { ...request, clamp: undefined }).denoise(asked(0, 3, 3));
  expect(logits).toBeCloseToArray([2, -1, 0, 0], { atol: 1e-12 });
});

it('follows a classifier that is registered, at strength 1 unless another is given', async () => {
  classifiers.register('likes-two', {
    description: 'a test',
    create:
      (_, { length, decode }) =>
      async () =>
        Float64Array.of(0, 0, length, Number(decode([1]))),
  });
  const logitsAt = async (...settings: string[]) => {
    const guide = (await configuredGuide(guidedBy(['sampling.classifier=likes-two', ...settings])))!;
    return guide({ denoise: showing }, request).denoise(asked(0, 3, 3));
  };
  expect(await logitsAt()).toBeCloseToArray([1, 0, 3, 1], { atol: 1e-12 });
  expect(await logitsAt('sampling.guidance=2')).toBeCloseToArray([1, 0, 6, 2], { atol: 1e-12 });
});

describe('refuses in a sentence', () => {
  const other = (...sizes: [number, number]) => ({ folder: 'books', model: model(...sizes) });
  it.each([
    [guidedBy([]), other(4, 3), 'give its strength (--guidance), or leave it out'],
    [guidedBy(['sampling.guidance=2'], udlm({ vocabSize: 4 })), undefined, 'masks, which models of udlm do not know'],
    [guidedBy(['sampling.guidance=2', 'sampling.block=8']), undefined, 'leave out --guidance or --block'],
    [guidedBy(['sampling.guidance=2']), undefined, 'and nothing is: give a --prompt'],
    [guidedBy(['sampling.guidance=2']), other(5, 3), 'whales has 4 tokens, and books 5.'],
    [guidedBy(['sampling.guidance=2']), other(4, 9), 'whales has 3 positions, and books 9.'],
  ] as const)('%#', (guided, unconditional, sentence) =>
    expect(() => checkGuidance(guided, { unconditional, isGiven: false })).toThrow(sentence),
  );

  it('a classifier that nobody has registered', () =>
    expect(() => resolveConfig({ settings: ['sampling.classifier=likes-tow'] })).toThrow(/classifier/));

  it('nothing where nothing is guided', async () => {
    checkGuidance(guidedBy([]), { isGiven: false });
    checkGuidance(guidedBy(['sampling.guidance=2']), { isGiven: true });
    expect(await configuredGuide(guidedBy([]))).toBeUndefined();
  });
});
