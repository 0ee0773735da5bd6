import { type ColumnName, briefText, cellText, columnsOf, judgesOf } from './columns';
import type { Line } from './lines';

const line = (more: Partial<Line> = {}): Line => ({
  model: 'student',
  steps: 8,
  temperature: 1,
  calls: 9,
  evaluations: { value: 8.5 },
  perplexity: { 'n-gram': { value: 40.25, interval: [38, 43] }, autoregressive: { value: 20 } },
  entropy: { value: 2.5, error: 0.01 },
  ...more,
});
const named = (names: readonly ColumnName[], ...lines: readonly Line[]) => columnsOf(names, lines);
const texts = (names: readonly ColumnName[], one: Line, brief = false) =>
  named(names, one).map((column) => (brief ? briefText : cellText)(column, one));

describe('columnsOf', () => {
  it('has a column of each judge, in the order of the first line that names it', () => {
    const lines = [line({ perplexity: { second: { value: 1 } } }), line()];
    expect(judgesOf(lines)).toEqual(['second', 'n-gram', 'autoregressive']);
    const columns = named(['perplexity'], ...lines);
    expect(columns.map(({ key, head, brief }) => [key, head, brief])).toEqual([
      ['perplexity.second', 'second ppl', 'second ppl'],
      ['perplexity.n-gram', 'n-gram ppl', 'n-gram ppl'],
      ['perplexity.autoregressive', 'autoregressive ppl', 'ar ppl'],
    ]);
  });

  it('has bits per byte beside perplexities only where some line has them', () => {
    const heads = (...lines: Line[]) => named(['likelihood'], ...lines).map(({ head }) => head);
    expect(heads(line({ perplexity: { a: { value: 2 } } }))).toEqual(['a ppl']);
    const bits = { perplexity: { a: { value: 2 } }, bitsPerByte: { a: { value: 1.5 } } };
    expect(heads(line({ perplexity: { a: { value: 2 } } }), line(bits))).toEqual(['a ppl', 'a bits / byte']);
  });

  it.each<[ColumnName, Partial<Line>, string]>([
    ['exactMatch', { exactMatch: { value: 0.5 } }, 'exact match'],
    ['mauve', { mauve: { gpt2: 0.9 } }, 'MAUVE (gpt2)'],
    ['secondsPerSample', { secondsPerSample: { value: 0.1 } }, 'seconds / sample'],
    ['entropyLost', { entropyLost: { value: 0.1 } }, 'entropy lost'],
  ])('leaves %s out where no line fills it', (name, filled, head) => {
    expect(named([name], line())).toEqual([]);
    expect(named([name], line(), line(filled)).map((column) => column.head)).toEqual([head]);
  });

  it('has temperatures where there are several, and lengths where samples drift in them', () => {
    expect(named(['severalTemperatures'], line(), line())).toEqual([]);
    expect(named(['severalTemperatures'], line(), line({ temperature: 0.7 }))).toHaveLength(1);
    const drift = { marginals: 0.01, pairs: 0.1, lengths: 0, spaces: 0 } as unknown as NonNullable<Line['drift']>;
    expect(named(['lengths'], line({ drift }))).toEqual([]);
    expect(named(['lengths'], line({ drift: { ...drift, lengths: -0.013 } }))).toHaveLength(1);
    // Real text has no steps, and what chance shows of it is no reason for a column.
    expect(named(['lengths'], line({ drift: { ...drift, lengths: 0.1 }, steps: undefined }))).toEqual([]);
  });
});

describe('a cell', () => {
  it('says an interval by its ends, an error beside the number, and a count as it is', () => {
    expect(texts(['model', 'steps', 'perplexity', 'entropy'], line())).toEqual([
      'student',
      '8',
      ...['40.3 (38.0 – 43.0)', '20.0'],
      '2.500 ± 0.010',
    ]);
  });

  it('is shorter where room is scarce: half of an interval, no error, a dash for nothing', () => {
    expect(texts(['model', 'steps', 'perplexity', 'entropy', 'wordRate'], line({ steps: undefined }), true)).toEqual([
      'student',
      '–',
      ...['40.3 ±2.5', '20.0'],
      '2.500',
      '–',
    ]);
    expect(texts(['wordRate', 'run'], line())).toEqual(['', '']);
  });

  it('says the deviation between seeds in both', () => {
    const seeds = line({ evaluations: { value: 12, deviation: 0.25 } });
    expect(texts(['evaluations'], seeds)).toEqual(['12.0 ± 0.250']);
    expect(texts(['evaluations'], seeds, true)).toEqual(['12.0 ±0.25']);
  });

  it('says several numbers beside each other, and a share of lengths with its sign', () => {
    expect(texts(['distinct'], line({ distinct: [0.05, 0.5, 1] }))).toEqual(['0.050 / 0.500 / 1.00']);
    const drift = { marginals: 0.0312, pairs: 0.104, lengths: -0.013 } as unknown as NonNullable<Line['drift']>;
    expect(texts(['marginals', 'pairs', 'lengths'], line({ drift }))).toEqual(['0.031', '0.104', '−1.3 %']);
  });

  it('says what is not finite as a dash', () =>
    expect(texts(['entropy', 'seconds'], line({ entropy: { value: NaN }, seconds: Infinity }))).toEqual(['–', '–']));
});
