import type { SweepCell } from '@idlm/evaluation';
import { type PublishedLine, publishedLine } from '@idlm/recipe/evaluation';
import { publishedRows, publishedSentences } from './published';

const row: PublishedLine = publishedLine('idlm-mdlm');
const likelihood = { bitsPerByte: 1.234, error: 0.05, intervals: { perplexity: [30.1, 36.5] } };
const ours = {
  ...{ steps: 16, networkCalls: 16, evaluationsPerSample: 15.94, seconds: 123.4, samples: 80 },
  ...{ perplexity: { gpt2: 33.14 }, likelihood: { gpt2: likelihood }, entropy: 5.417, mauve: { gpt2: 0.915 } },
} as unknown as SweepCell;
const measured = (more: object = {}) => ({ row, ours: { ...ours, ...more }, judge: 'gpt2' });

describe('a published row', () => {
  it('stands beside ours, column for column', () => {
    const [head, own, paper] = publishedRows(measured()) as [string[], string[], string[]];
    expect([own.length, paper.length]).toEqual([head.length, head.length]);
    const told = Object.fromEntries(head.map((name, i) => [name, [own[i], paper[i]]]));
    expect(told).toEqual({
      '': ['ours', 'the paper'],
      steps: ['16', '16'],
      NFE: ['15.9', '–'],
      calls: ['16', '–'],
      s: ['123', '–'],
      samples: ['80', '–'],
      ppl: ['33.1 ±3.2', '32.8'],
      'bits/byte': ['1.23', '–'],
      MAUVE: ['0.92', '0.93'],
      entropy: ['5.42', '5.42'],
    });
  });

  it('has a dash where nothing was measured, or what was measured is no number', () => {
    const absent = { seconds: undefined, likelihood: undefined, mauve: undefined };
    const [, own] = publishedRows(measured(absent)) as [string[], string[]];
    expect([own[4], own[6], own[7], own[8]]).toEqual(['–', '33.1', '–', '–']);
    const broken = { mauve: { gpt2: NaN }, entropy: NaN, perplexity: { gpt2: NaN }, seconds: NaN };
    expect(publishedRows(measured(broken))[1]!.join(' ')).not.toContain('NaN');
    const [, , paper] = publishedRows({ ...measured(), row: publishedLine('idlm-duo') });
    expect(paper!.at(-2)).toBe('–');
  });
});

describe('sentences on a published row', () => {
  const verdictOf = (ends: readonly [number, number]) =>
    publishedSentences(measured({ likelihood: { gpt2: { ...likelihood, intervals: { perplexity: ends } } } }), []).at(
      -1,
    );

  it('say whether the paper lies within our interval, its ends included, and what so many samples can tell', () => {
    expect(verdictOf([30.1, 36.5])).toBe(
      "The paper's perplexity lies within our 95 % interval, 30.1 to 36.5; 80 samples tell differences of 10.3 % or more from chance.",
    );
    const { perplexity } = row.paper;
    for (const ends of [
      [perplexity, 40],
      [30, perplexity],
    ] as const)
      expect(verdictOf(ends)).toContain('lies within');
    for (const ends of [
      [perplexity + 0.01, 40],
      [30, perplexity - 0.01],
    ] as const)
      expect(verdictOf(ends)).toContain('lies outside');
  });

  it('name the paper and its judge, and give no verdict where the two cannot be compared', () => {
    const problems = ['The judge is another one.', 'The weights are others.'];
    const told = publishedSentences(measured(), problems);
    expect(told).toEqual([expect.stringMatching(/^The paper: IDLM, arXiv .*; judged by gpt2-large\.$/), ...problems]);
    expect(publishedSentences(measured({ likelihood: undefined }), [])).toHaveLength(1);
  });
});
