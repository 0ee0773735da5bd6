import { randomStream } from '@idlm/core-diffusion';
import { nGramScorer } from '../scorers/n-gram';
import { resemblanceTo } from './resemblance';

/** Rows of 8 tokens below `below`. */
const rowsOf = (seed: number, batch: number, below: number) => ({
  ids: randomStream(seed).integers(8 * batch, below),
  batch,
  length: 8,
});
const decode = (ids: Int32Array) => Array.from(ids, (id) => 'abcdef'[id]).join('');

/** A judge whose features are how often each letter stands in a text. */
const counting = {
  name: 'letters',
  weigh: async (texts: readonly string[]) => texts.map(() => ({ nats: 1, tokens: 1, bytes: 1 })),
  features: async (texts: readonly string[]) =>
    texts.map((text) => Array.from('abcdef', (letter) => text.split(letter).length - 1)),
};

describe('MAUVE of samples', () => {
  const random = randomStream(1);
  const data = rowsOf(1, 80, 6);

  it('is near 1 for texts like the data, and lower for others', async () => {
    const { of } = await resemblanceTo({ scorers: [counting], decode }, data, { samples: 60, random });
    const [like, unlike] = [await of(rowsOf(2, 60, 6)), await of(rowsOf(3, 60, 2))];
    expect(Object.keys(like)).toEqual(['letters']);
    expect(like['letters']).toBeGreaterThan(0.8);
    expect(unlike['letters']).toBeLessThan(0.2);
  });

  it('is refused where no judge has features', async () => {
    const scorers = [nGramScorer(data.ids, { order: 2, vocabSize: 6 })];
    await expect(resemblanceTo({ scorers, decode }, data, { samples: 60, random })).rejects.toThrow(
      'none of these judges has any; give a GPT-2 (--scorer), or set evaluation.mauve to false',
    );
  });
});
