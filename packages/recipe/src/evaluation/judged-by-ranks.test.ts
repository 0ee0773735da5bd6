import { InputError } from '@idlm/core-diffusion';
import { ranksInMemory } from '@idlm/core-diffusion/ranks';
import type { Judge, TextScorer } from '@idlm/evaluation';
import { judgedByRanks } from './judged-by-ranks';

const samples = { ids: Int32Array.from({ length: 15 }, (_, i) => (i * 7) % 11), batch: 5, length: 3 };
const texts = ['a', 'bb', '', 'dddd', 'e'];

/** A judge of tokens, and how many rows it was shown at a time. */
function ofTokens() {
  const shown: number[] = [];
  const judge: Judge = {
    name: 'tokens',
    note: 'a note',
    weights: 'abc',
    async score({ ids, batch, length }) {
      shown.push(batch);
      return Float64Array.from({ length: batch * (length - 1) }, (_, i) => {
        const row = Math.floor(i / (length - 1));
        return 1 / (1 + ids[row * length + (i % (length - 1)) + 1]!);
      });
    },
  };
  return { judge, shown };
}

const ofTexts: TextScorer = {
  name: 'texts',
  weigh: async (given, prompts = []) =>
    given.map((text, i) => ({ nats: text.length / 3 + (prompts[i]?.length ?? 0), tokens: text.length, bytes: i })),
  features: async (given) => given.map((text) => [text.length, 1]),
};

const onRanks = <Found>(size: number, ask: (judge: Judge) => Promise<Found>, judge: Judge): Promise<Found[]> =>
  Promise.all(ranksInMemory(size).map((ranks) => ask(judgedByRanks(judge, ranks))));

describe('judgedByRanks', () => {
  it.each([1, 2, 3, 7])('%d ranks find of tokens what one finds, each of its rows', async (size) => {
    const { judge, shown } = ofTokens();
    const score = async (one: Judge) => ('score' in one ? one.score(samples) : undefined);
    const alone = await score(judge);
    expect(await onRanks(size, score, judge)).toEqual(Array(size).fill(alone));
    const rows = shown.slice(1);
    expect(rows).toHaveLength(Math.min(size, 5));
    expect(rows.reduce((a, b) => a + b)).toBe(5);
    const [shared] = ranksInMemory(2);
    expect(judgedByRanks(judge, shared!)).toMatchObject({ name: 'tokens', note: 'a note', weights: 'abc' });
  });

  it.each([2, 3, 7])('%d ranks find of texts, behind prompts, what one finds, and their features', async (size) => {
    const alone = await ofTexts.weigh(texts, ['p', 'qq', 'r', '', 'ss']);
    const weigh = async (one: Judge) =>
      'weigh' in one ? (await one.weigh(texts, ['p', 'qq', 'r', '', 'ss'])).map((w) => ({ ...w, bytes: 0 })) : [];
    expect(await onRanks(size, weigh, ofTexts)).toEqual(Array(size).fill(alone.map((w) => ({ ...w, bytes: 0 }))));
    const features = async (one: Judge) => ('weigh' in one ? one.features!(texts) : []);
    expect(await onRanks(size, features, ofTexts)).toEqual(Array(size).fill(await ofTexts.features!(texts)));
    const plain: TextScorer = { name: 'plain', weigh: (given) => ofTexts.weigh(given) };
    expect(judgedByRanks(plain, ranksInMemory(2)[0]!)).not.toHaveProperty('features');
  });

  it('fails on all ranks where one fails, and gives back what is no number', async () => {
    const { judge } = ofTokens();
    const failing: Judge = {
      ...judge,
      score: async ({ ids }) => {
        if (ids[0] === 0) throw new InputError('no row of zeros');
        return new Float64Array(2);
      },
    };
    const score = (one: Judge) => ('score' in one ? one.score(samples) : Promise.reject(new Error('another kind')));
    await expect(onRanks(2, score, failing)).rejects.toThrow('no row of zeros');
    expect(await onRanks(2, score, { ...judge, score: async () => 'none' as never })).toEqual(['none', 'none']);
  });
});
