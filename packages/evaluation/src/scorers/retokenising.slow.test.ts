import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Denoiser, nextTokenNats, randomStream } from '@idlm/core-diffusion';
import { denoisers, dit, freshParameters } from '@idlm/denoiser';
import { type ModelFolder, loadModel } from '@idlm/denoiser/node';
import { useBackend } from '@idlm/tools/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type RetokenisingOptions, retokenisingScorer } from './retokenising';

const FOLDER = join(__dirname, '../../../denoiser/test/fixtures/gpt2');

interface Golden {
  readonly texts: { readonly text: string; readonly ids: number[] }[];
  readonly nll: number[];
  readonly hidden: number[];
}

let golden: Golden;
let model: ModelFolder;
beforeAll(async () => {
  await useBackend();
  golden = JSON.parse(await readFile(join(FOLDER, 'golden.json'), 'utf8')) as Golden;
  model = await loadModel(FOLDER);
});
afterAll(() => tf.dispose(model.parameters));

const END = 290;

/** The judge, with the ids that Python's tokenizer gives, and texts of ids that have a character each. */
const judge = (change: Partial<RetokenisingOptions> = {}) =>
  retokenisingScorer({
    name: 'gpt2',
    denoiser: denoisers.create(model.network),
    parameters: model.parameters,
    tokenizer: {
      encode: (text) => Int32Array.from(golden.texts.find((one) => one.text === text)?.ids ?? []),
      decode: (ids) => 'x'.repeat(ids.length),
      endOfTextId: END,
    },
    ...change,
  });

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('a judge that reads text', () => {
  it('gives the loss that transformers gives', async () => {
    const [first] = golden.texts;
    expect(first!.ids).toHaveLength(32);
    const [weight] = await judge().weigh([first!.text]);
    expect(weight!.nats).toBeCloseTo(sum(golden.nll), 4);
    expect(weight).toMatchObject({ tokens: 31, bytes: 31 });
  });

  it('reads the same of a text whatever it is judged with, but for the end that fills it up', async () => {
    const texts = golden.texts.map(({ text }) => text);
    const [together, alone] = [await judge({ batch: 3 }).weigh(texts), await judge({ batch: 1 }).weigh(texts)];
    together.forEach(({ nats, tokens, bytes }, i) => {
      expect(nats).toBeCloseTo(alone[i]!.nats, 4);
      expect([tokens, bytes]).toEqual([alone[i]!.tokens, alone[i]!.bytes]);
    });
    // The second text is longer than the context of 32; each of its two windows has a token unscored. The others are filled up.
    const { ids } = golden.texts[1]!;
    expect(ids.length).toBeGreaterThan(32);
    expect(together[1]!.tokens).toBe(ids.length - 2);
    expect(together[3]!.tokens).toBe(golden.texts[3]!.ids.length);
    // It begins with an end of a text, which uses up the one that counts.
    expect(together[2]!.tokens).toBe(golden.texts[2]!.ids.length - 1);
    const [cut] = await judge({ longest: 5 }).weigh([texts[0]!]);
    expect(cut!.nats).toBeCloseTo(sum(golden.nll.slice(0, 4)), 4);
  });

  it('reads a prompt with its text and weighs the text alone', async () => {
    const [{ text, ids }] = golden.texts as [Golden['texts'][number]];
    const [prompt, given] = [`${text.slice(0, 10)} `, 12];
    const whole = `${prompt}${text.slice(10)}`;
    const known: Readonly<Record<string, number[]>> = { [whole]: ids, [prompt.trimEnd()]: ids.slice(0, given) };
    const tokenizer = {
      encode: (one: string) => Int32Array.from(known[one] ?? []),
      decode: (list: ArrayLike<number>) => 'x'.repeat(list.length),
      endOfTextId: END,
    };
    const [weight] = await judge({ tokenizer }).weigh([text.slice(10)], [prompt]);
    expect(weight!.nats).toBeCloseTo(sum(golden.nll.slice(given - 1)), 4);
    expect(weight).toMatchObject({ tokens: 32 - given, bytes: 32 - given });
  });

  it('runs its network at few widths, whatever the lengths of texts', async () => {
    const own = denoisers.create(model.network);
    const widths: number[] = [];
    const watched: Denoiser = {
      ...own,
      apply(parameters, input, ...rest) {
        widths.push((input as { ids: tf.Tensor }).ids.shape[1]!);
        return own.apply(parameters, input, ...rest);
      },
    };
    const { ids } = golden.texts[0]!;
    for (let length = 2; length <= 32; length++) {
      const tokenizer = { encode: () => Int32Array.from(ids.slice(0, length)), decode: () => '', endOfTextId: END };
      const [weight] = await judge({ denoiser: watched, tokenizer }).weigh(['any']);
      expect(weight!.nats).toBeCloseTo(sum(golden.nll.slice(0, length - 1)), 4);
    }
    expect(new Set(widths)).toEqual(new Set([4, 8, 12, 16, 20, 24, 28, 32]));
  });

  it('keeps nothing where its network fails', async () => {
    const fail = () => {
      throw new Error('out of memory');
    };
    const failing: Denoiser = { ...denoisers.create(model.network), apply: fail, hidden: fail };
    const before = tf.memory().numTensors;
    const { weigh, features } = judge({ denoiser: failing });
    await expect(weigh([golden.texts[0]!.text])).rejects.toThrow('out of memory');
    await expect(features!([golden.texts[0]!.text])).rejects.toThrow('out of memory');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has the last hidden state of each text as its features', async () => {
    const texts = [golden.texts[2]!.text, golden.texts[0]!.text, 'a text without a token'];
    const [other, whole, empty] = (await judge().features!(texts)) as [number[], number[], number[]];
    expect(whole).toBeCloseToArray(golden.hidden, { atol: 1e-5 });
    const [alone] = await judge().features!([texts[0]!]);
    expect(other).toBeCloseToArray(alone!, { atol: 1e-5 });
    expect(empty).toHaveLength(24);
  });

  it('weighs nothing where there is nothing to weigh', async () => {
    expect(await judge().weigh(['no such text'])).toEqual([{ nats: 0, tokens: 0, bytes: 0 }]);
  });

  it('is refused without an end of a text, or as a network that sees what comes', () => {
    const tokenizer = { encode: () => new Int32Array(0), decode: () => '' };
    expect(() => judge({ tokenizer })).toThrow('The tokenizer of the judge gpt2 names no end of a text');
    const seeing = dit({ hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 5, length: 4, timeConditioned: false });
    expect(() => judge({ denoiser: seeing })).toThrow('The judge gpt2 is no autoregressive network.');
  });
});

describe('nextTokenNats', () => {
  it('and its gradients are the same whether logits are computed at once or for some positions at a time', () => {
    const network = {
      type: 'causal-dit',
      config: { hidden: 8, blocks: 1, heads: 2, cond: 4, vocabSize: 50, length: 11, timeConditioned: false },
    };
    const parameters = freshParameters(network, randomStream(1));
    const own = denoisers.create(network);
    const noisy = { ...parameters, 'output_layer.linear.weight': tf.randomNormal([50, 8], 0, 1, 'float32', 1) };
    const ids = tf.tensor2d(randomStream(2).integers(22, 50), [2, 11], 'int32');
    // 20 positions, of which 3 have their logits at a time.
    const [rows, logitsOfPart] = [[] as number[], 150];
    const watched: Denoiser = {
      ...own,
      head: {
        ...own.head!,
        apply(weights, hidden) {
          rows.push(hidden.shape[0]!);
          return own.head!.apply(weights, hidden);
        },
      },
    };
    const names = Object.keys(noisy) as (keyof typeof noisy)[];
    const derived = (denoiser: Denoiser) => {
      const { value, grads } = tf.valueAndGrads((...list: tf.Tensor[]) => {
        const weights = Object.fromEntries(names.map((name, i) => [name, list[i]!]));
        return nextTokenNats(denoiser, weights, ids, { logitsOfPart });
      })(names.map((name) => noisy[name]!));
      return [value, ...grads];
    };
    const [inParts, atOnce] = [derived(watched), derived({ ...own, head: undefined })];
    expect(Math.max(...rows)).toBe(3);
    expect(inParts[0]!.shape).toEqual([2, 10]);
    inParts.forEach((found, i) => expect(found.dataSync()).toBeCloseToArray(atOnce[i]!.dataSync(), { atol: 1e-5 }));
    tf.dispose([inParts, atOnce, ids, noisy, parameters]);
  });
});
