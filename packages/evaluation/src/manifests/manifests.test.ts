import fc from 'fast-check';
import {
  compareBounds,
  compareInputs,
  compareJudges,
  compareRealText,
  compareCells,
  compareVersions,
} from './differences';
import type { ResultManifest } from './manifest';
import { parseManifest } from './parse';

const realText = {
  samples: 4,
  perplexity: { a: 20, b: 10 },
  entropy: 2.5,
  entropyError: 0.1,
  distinct: [0.1, 0.5, 0.9] as const,
  wordRate: 0.7,
  examples: ['the sea'],
};
const drift = { marginals: 0.1, pairs: 0.2, lengths: 0, entropy: -0.01 };
const row = (perplexity: number) => ({
  ...realText,
  model: 'teacher',
  steps: 8,
  temperature: 1,
  networkCalls: 8,
  evaluationsPerSample: 7.5,
  perplexity: { a: perplexity, b: perplexity / 2 },
  drift,
  driftFloor: drift,
});
const first: ResultManifest = {
  format: 1,
  models: { teacher: { folder: 'x', weights: 'aa' } },
  tokenizer: 't',
  data: 'd',
  config: { seed: 1 },
  seed: 1,
  sampler: { name: 'ancestral' },
  precision: '',
  engine: { name: 'wasm', version: '1' },
  versions: { idlm: '0.1.0', node: '22.0.0' },
  rows: [row(100)],
};
const second: ResultManifest = {
  ...first,
  format: 2,
  models: {
    teacher: {
      folder: '../teacher',
      absolute: '/runs/teacher',
      weights: 'aa',
      family: { name: 'mdlm', options: { schedule: 'cosine' } },
      parameters: 5000,
      origin: {
        role: 'teacher',
        updates: 20,
        text: { corpus: 'a.txt', heldOut: 0.1, data: 'd' },
        settings: { seed: 1 },
      },
    },
  },
  text: {
    corpus: 'a.txt',
    absolute: '/a.txt',
    fromManifest: '../../a.txt',
    heldOut: 0.1,
    documents: 1,
    characters: 100,
    trainTokens: 90,
    heldOutTokens: 10,
    heldOutIsTraining: false,
  },
  judges: { gpt2: { weights: 'cc' } },
  realText,
  bounds: { teacher: { nll: 2, bitsPerToken: 2.9, perplexity: 7.4, standardError: 0.1, comparable: true } },
  notes: ['A note.'],
};

const damages: readonly (readonly [string, string, RegExp])[] = [
  ['an empty file', ' \n', /^m\.json is empty; name the manifest\.json of an evaluation\.$/],
  ['a cut file', JSON.stringify(second).slice(0, 200), /^m\.json is no JSON, or was cut short; name the/],
  [
    'lists within one another',
    JSON.stringify({ ...second, config: null }).replace(
      '"config":null',
      `"config":${'['.repeat(500)}${']'.repeat(500)}`,
    ),
    /^m\.json holds more than 500 lists and objects within one another, and is not read; name the/,
  ],
  ['a list', '[]', /^m\.json holds no JSON object; name the/],
  ['null', 'null', /^m\.json holds no JSON object; name the/],
  ['a newer format', '{"format":3}', /^m\.json has format 3, and this version of idlm reads formats up to 2; use the/],
  [
    'the record of a run',
    '{"seed":1,"data":"aa"}',
    /^m\.json is no manifest of an evaluation, but that of a run or another record; name the/,
  ],
  ['a record of another kind', '{"format":"idlm-checkpoint"}', /is no manifest of an evaluation \(format: /],
  ['a missing field', JSON.stringify({ ...second, models: undefined }), /no manifest of an evaluation \(models: /],
  ['a list of no rows', JSON.stringify({ ...second, rows: [1] }), /no manifest of an evaluation \(rows\.0: /],
  [
    'a number that is text',
    JSON.stringify({ ...second, rows: [{ ...row(1), entropy: '2' }] }),
    /no manifest of an evaluation \(rows\.0\.entropy: /,
  ],
];

describe('parseManifest', () => {
  it.each([first, second])('reads format $format as it was written', (manifest) => {
    expect(parseManifest(JSON.stringify(manifest), 'm.json')).toEqual(manifest);
    expect(parseManifest(`\uFEFF${JSON.stringify(manifest)}`, 'm.json')).toEqual(manifest);
  });

  it('reads numbers that JSON has not as NaN', () => {
    const written = JSON.stringify({ ...first, rows: [{ ...row(Infinity), wordRate: NaN }] });
    expect(parseManifest(written, 'm.json').rows[0]).toMatchObject({ wordRate: NaN, perplexity: { a: NaN } });
  });

  it.each(damages)('refuses %s in one sentence', (_what, text, sentence) => {
    expect(() => parseManifest(text, 'm.json')).toThrow(sentence);
    try {
      parseManifest(text, 'm.json');
    } catch (error) {
      expect([(error as { exitCode?: number }).exitCode, (error as Error).message]).toEqual([
        2,
        expect.not.stringContaining('\n'),
      ]);
    }
  });

  it('throws nothing but such sentences, wherever a manifest is cut or a value is replaced', () => {
    const whole = JSON.stringify(second);
    const isRefusedOrRead = (text: string) => {
      try {
        parseManifest(text, 'm.json');
      } catch (error) {
        expect((error as { exitCode?: number }).exitCode).toBe(2);
      }
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (end) => isRefusedOrRead(whole.slice(0, end))),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(second)), fc.jsonValue(), (name, value) =>
        isRefusedOrRead(JSON.stringify({ ...second, [name]: value })),
      ),
    );
  });
});

describe('differences', () => {
  it('name inputs by hash, and what computed', () => {
    expect(compareInputs(first, { ...first, data: 'e' })).toEqual([{ where: 'data', before: 'd', now: 'e' }]);
    expect(compareInputs(first, { ...first, models: {} })).toEqual([
      { where: 'weights of the teacher', before: 'aa', now: 'none' },
    ]);
    const judged = (weights: string) => ({ judges: { gpt2: { weights } } });
    expect(compareJudges(judged('aa'), judged('bb'))).toEqual([
      { where: 'weights of the judge gpt2', before: 'aa', now: 'bb' },
    ]);
    expect(compareJudges(judged('aa'), judged('aa')).concat(compareJudges({}, judged('aa')))).toEqual([]);
    expect(compareVersions(first, first)).toEqual([]);
    const newer = { engine: { name: 'native', version: '2' }, versions: { idlm: '0.1.0', node: '24.0.0' } };
    expect(compareVersions(first, newer)).toEqual([
      { where: 'engine', before: 'wasm (1)', now: 'native (2)' },
      { where: 'node', before: '22.0.0', now: '24.0.0' },
    ]);
  });

  it('name numbers beyond the tolerance', () => {
    expect(compareCells(first.rows, first.rows, 0)).toEqual([]);
    expect(compareCells(first.rows, [row(101)], 0).map(({ where }) => where)).toEqual([
      'teacher at 8 steps, temperature 1: a perplexity',
      'teacher at 8 steps, temperature 1: b perplexity',
    ]);
    expect(compareCells(first.rows, [row(101)], 0.02)).toEqual([]);
    expect(compareCells(first.rows, [], 1)).toHaveLength(1);
    expect(compareBounds(second.bounds, second.bounds, 0)).toEqual([]);
    expect(compareBounds(second.bounds, {}, 0.5)).toEqual([
      { where: 'teacher: NELBO', before: 2, now: 'not measured' },
    ]);
    expect(compareRealText(undefined, realText, 0)).toEqual([]);
    expect(compareRealText(realText, { ...realText, wordRate: 0.8 }, 0)).toEqual([
      { where: 'real text: word rate', before: 0.7, now: 0.8 },
    ]);
  });

  it.each(
    Object.keys(row(1)).filter((name) => !['examples', 'model', 'steps', 'temperature', 'samples'].includes(name)),
  )('leave no number of a row out: %s', (name) => {
    const doubled = (value: unknown): unknown =>
      typeof value === 'number'
        ? value * 2 + 1
        : Array.isArray(value)
          ? value.map(doubled)
          : Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, doubled(inner)]));
    const other = { ...row(100), [name]: doubled(row(100)[name as 'entropy']) };
    const count = typeof other[name as 'entropy'] === 'number' ? 1 : Object.keys(other[name as 'drift']).length;
    expect(compareCells([row(100)], [other], 0)).toHaveLength(count);
  });

  it('take what JSON cannot tell apart for the same', () => {
    expect(compareCells([{ ...row(1), wordRate: NaN }], [{ ...row(1), wordRate: Infinity }], 0)).toEqual([]);
    expect(compareCells([{ ...row(1), wordRate: NaN }], [{ ...row(1), wordRate: 1 }], 1)).toHaveLength(1);
  });
});
