import { chiSquare } from '@idlm/core-diffusion/choices';
import { InputError, duo, mdlm, randomStream, timeGrid } from '@idlm/core-diffusion';
import fc from 'fast-check';
import { sampleAllAutoregressive } from '../autoregressive';
import { sampleAll } from '../sample';
import type { Denoise, SampleRequest, SamplerEnvironment } from '../sampler';
import { samplers } from '../registry';
import { patternAutomaton } from './character-automaton';
import { grammarPattern } from './grammar';
import { holdToPattern, requireMatch } from './hold-to-pattern';
import { ANY, reachableStates } from './reachable-states';
import { tokenAutomaton } from './token-automaton';

/** Words of one character and of several, one that is no text, and the padding. */
const TEXTS = ['a', 'b', 'ab', 'ba-', '-', undefined, '_'];
const [MASK, PAD] = [5, 6];
const PATTERNS = ['[ab]*-[ab]*', '(?:a|ba-)+', '(a|b){2,5}-?', 'a.*b|b.*a', '[^-]+', '^ab-$'];
const automatonOf = (pattern: string, padding = [PAD]) =>
  tokenAutomaton(patternAutomaton(pattern), { texts: TEXTS, padding });
const isMatch = (pattern: string, tokens: ArrayLike<number>) =>
  Array.from(tokens).every((token) => TEXTS[token] !== undefined) &&
  new RegExp(`^(?:${pattern.replace(/^\^|\$$/g, '')})_*$`, 'u').test(
    Array.from(tokens, (token) => TEXTS[token]).join(''),
  );

/** All rows of so many tokens. */
const rowsOf = (length: number): number[][] =>
  length === 0 ? [[]] : rowsOf(length - 1).flatMap((row) => TEXTS.map((_, token) => [...row, token]));

it.each(PATTERNS)('the automaton of %s is that of the regular expression', (pattern) => {
  const { kindOf, next, kinds, accepting } = patternAutomaton(pattern);
  const isRead = (text: string) => {
    let state = 0;
    for (const character of text) if (state >= 0) state = next[state * kinds + kindOf(character.codePointAt(0)!)]!;
    return state >= 0 && accepting[state] === 1;
  };
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'é', '😀', '\n'), maxLength: 7 });
  fc.assert(
    fc.property(texts, (text) => expect(isRead(text)).toBe(new RegExp(`^(?:${pattern})$`, 'u').test(text))),
    { numRuns: 300 },
  );
});

it.each(PATTERNS)('knows which tokens leave a text of %s, in whatever order they are written', (pattern) => {
  const automaton = automatonOf(pattern);
  const length = 4;
  const matches = rowsOf(length).filter((row) => isMatch(pattern, row));
  const make = reachableStates(automaton);
  const states = make(length);
  const partial = fc.array(fc.integer({ min: ANY, max: TEXTS.length - 1 }), { minLength: length, maxLength: length });
  fc.assert(
    // One after the other in the same memory, as a row is written.
    fc.property(partial, fc.nat(length - 1), (row, position) => {
      const fits = (match: readonly number[], but = -1) =>
        row.every((token, i) => i === but || token === ANY || token === match[i]);
      const kinds = Int32Array.from(row, (token) => (token === ANY ? ANY : automaton.kindOf[token]!));
      states.update(kinds);
      if (position % 2) expect(states.isPossible()).toBe(matches.some((match) => fits(match)));
      const possible = states.possibleKinds(position);
      // A row that begins anew has nothing of the others.
      const fresh = make(length);
      fresh.update(kinds);
      expect(fresh.possibleKinds(position)).toEqual(possible);
      TEXTS.forEach((_, token) =>
        expect(possible[automaton.kindOf[token]!] === 1).toBe(
          matches.some((match) => match[position] === token && fits(match, position)),
        ),
      );
    }),
  );
});

/** A network that likes the first tokens best, differently at each place. */
const denoise: Denoise = async ({ positions, length }) => {
  const logits = new Float64Array(positions.length * TEXTS.length);
  positions.forEach((position, n) =>
    TEXTS.forEach((_, token) => (logits[n * TEXTS.length + token] = -token * (0.4 + 0.3 * (position % length)))),
  );
  return logits;
};
const environment = (change: Partial<SamplerEnvironment> = {}): SamplerEnvironment => ({
  denoise,
  family: mdlm({ vocabSize: TEXTS.length, maskId: MASK }),
  timeConditioned: false,
  random: randomStream(4),
  ...change,
});
const request = (
  name: string,
  change: Partial<SamplerEnvironment>,
  size: Partial<SampleRequest> = {},
): SampleRequest => ({
  sampler: samplers.create({ name, options: { last: 'ancestral' } }),
  environment: environment(change),
  batch: 12,
  length: 6,
  grid: timeGrid(3),
  ...size,
});
const split = (tokens: Int32Array, length: number): Int32Array[] =>
  Array.from({ length: tokens.length / length }, (_, r) => tokens.subarray(r * length, (r + 1) * length));

it.each(samplers.entries().map(([name]) => name))(
  '%s writes only what matches, many tokens of a row at once',
  async (name) => {
    for (const pattern of PATTERNS) {
      const shape = holdToPattern(automatonOf(pattern));
      const { tokens } = await sampleAll(request(name, { shape }));
      expect(split(tokens, 6).filter((row) => !isMatch(pattern, row))).toEqual([]);
    }
  },
);

it('so does writing from left to right', async () => {
  const pattern = '(?:a|ba-)+';
  const shape = holdToPattern(automatonOf(pattern));
  const first = new Float64Array(TEXTS.length).fill(1);
  const model = { denoise, first, random: randomStream(1), maskId: MASK, shape };
  const { tokens } = await sampleAllAutoregressive({ environment: model, batch: 12, length: 6 });
  expect(split(tokens, 6).filter((row) => !isMatch(pattern, row))).toEqual([]);
});

it('begins behind the prompt of each row, and takes in what is given around holes', async () => {
  const clamp = Int32Array.from([4, 4, -1, -1, -1, -1, -1, -1, -1, 4, -1, -1]);
  const shape = holdToPattern(automatonOf('[ab]+-[ab]+', []));
  const { tokens } = await sampleAll(request('ancestral-cached', { shape, clamp }, { batch: 2 }));
  const [first, second] = split(tokens, 6).map((row) => Array.from(row, (token) => TEXTS[token]).join(''));
  expect(first).toMatch(/^--[ab]+-[ab]+$/);
  expect(second).toMatch(/^[ab]+-[ab]+$/);
});

/** The law of three tokens that are written in any order, each by x_θ among those that leave a text, by enumeration. */
function lawInAnyOrder(rows: readonly number[][], weights: readonly (readonly number[])[]): Float64Array {
  const law = new Float64Array(rows.length);
  const descend = (row: readonly number[], chance: number): void => {
    const open = row.flatMap((token, position) => (token === ANY ? [position] : []));
    const left = rows.filter((match) => row.every((token, i) => token === ANY || token === match[i]));
    if (!open.length) {
      law[rows.findIndex((match) => String(match) === String(row))]! += chance;
      return;
    }
    for (const position of open) {
      const tokens = [...new Set(left.map((match) => match[position]!))];
      const total = tokens.reduce((sum, token) => sum + weights[position]![token]!, 0);
      for (const token of tokens)
        descend(row.with(position, token), ((chance / open.length) * weights[position]![token]!) / total);
    }
  };
  descend([ANY, ANY, ANY], 1);
  return law;
}

it('has the law of draws among the tokens that leave a text, by enumeration', async () => {
  const pattern = 'a(?:b|ab|-)*';
  const rows = rowsOf(3).filter((row) => isMatch(pattern, row));
  const weights = [0, 1, 2].map((place) => TEXTS.map((_, token) => Math.exp(-token * (0.4 + 0.3 * place))));
  const law = lawInAnyOrder(rows, weights);
  const shape = holdToPattern(automatonOf(pattern));
  const { tokens } = await sampleAll(request('first-hitting', { shape }, { batch: 3000, length: 3, grid: [1, 0] }));
  const counts = new Int32Array(rows.length);
  for (const row of split(tokens, 3)) counts[rows.findIndex((match) => String(match) === String(Array.from(row)))]!++;
  // Far beyond the 0.999 quantile of chi-square with as many degrees of freedom; the seed is fixed.
  expect(chiSquare(counts, law)).toBeLessThan(rows.length + 4 * Math.sqrt(2 * rows.length));
  const conditioned = rows.map((row) => row.reduce((product, token, i) => product * weights[i]![token]!, 1));
  const total = conditioned.reduce((a, b) => a + b);
  // Not the model's law given that the text matches, as the documentation says.
  expect(
    chiSquare(
      counts,
      conditioned.map((weight) => weight / total),
    ),
  ).toBeGreaterThan(1.5 * rows.length);
});

describe('refuses in one sentence', () => {
  it.each([
    ['(', 'is none that text can be held to'],
    ['(?=a)b', 'without look-around'],
    ['a\\b', 'without look-around, word boundaries'],
  ])('the pattern %s', (pattern, message) => {
    expect(() => patternAutomaton(pattern)).toThrow(InputError);
    expect(() => patternAutomaton(pattern)).toThrow(message);
  });

  it('what no text of the length matches, uniform processes, and another vocabulary', async () => {
    const shape = holdToPattern(automatonOf('a{3}'));
    await expect(sampleAll(request('ancestral', { shape }, { length: 2 }))).rejects.toThrow(
      'No text of 2 tokens matches',
    );
    const uniform = { shape, family: duo({ vocabSize: TEXTS.length }) };
    await expect(sampleAll(request('ancestral', uniform))).rejects.toThrow('where tokens are written for good');
    const other = holdToPattern(tokenAutomaton(patternAutomaton('a'), { texts: ['a'] }));
    await expect(sampleAll(request('ancestral', { shape: other }))).rejects.toThrow(
      'over 1 tokens, and the network over 7',
    );
    expect(() => automatonOf('a', [7])).toThrow('ids below 7; 7 was given');
  });

  it('what no text of a row can match, before it is written', () => {
    const automaton = automatonOf('a{2}-', []);
    for (const given of [
      [-1, -1, -1],
      [-1, 0, -1],
      [4, -1, -1, 4],
      [4, 4, -1, -1, -1],
    ])
      expect(() => requireMatch(automaton, Int32Array.from(given))).not.toThrow();
    expect(() => requireMatch(automaton, Int32Array.of(-1, -1, 1))).toThrow('No text of 3 tokens matches');
    expect(() => requireMatch(automaton, Int32Array.of(4, -1))).toThrow('No text of 1 tokens matches');
  });

  it('what is larger than other limits', () => {
    expect(() => patternAutomaton('a{60}', { states: 50, transitions: 1e6 })).toThrow(
      'of more than 50 states or of 1000000',
    );
    expect(() => patternAutomaton('(a|b){9}', { states: 50, transitions: 5 })).toThrow('of 5 transitions');
    const letters = patternAutomaton('ab-');
    expect(() => tokenAutomaton(letters, { texts: TEXTS }, { moves: 9 })).toThrow('of 5 states by more than');
  });

  it('grammars without a rule, of no depth, and too long', () => {
    const rules = { all: 'x{all}{all}{all}|y', part: '{none}' };
    expect(() => grammarPattern(rules, { start: 'all', depth: 20 })).toThrow('lower its depth of 20');
    expect(() => grammarPattern(rules, { start: 'part', depth: 1 })).toThrow('no rule "none"; it has all, part');
    expect(() => grammarPattern(rules, { start: 'all', depth: -1 })).toThrow('from 0 on; -1 was given');
  });
});

it('holds grammars to a depth, with classes of characters as they are', () => {
  const rules = { sum: '{term}(?:\\+{term})*', term: '\\p{Lu}|\\({sum}\\)' };
  const at = (depth: number) => new RegExp(`^(?:${grammarPattern(rules, { start: 'sum', depth })})$`, 'u');
  expect(
    ['A+B', '(A)', '(A+(B))+C', '((A))', '(A', 'a'].map((text) => [at(0), at(1), at(2)].map((one) => one.test(text))),
  ).toEqual([
    [true, true, true],
    [false, true, true],
    [false, false, true],
    [false, false, true],
    [false, false, false],
    [false, false, false],
  ]);
});
