import { type ManifestBound, type Match, type SweepCell, summariseArms } from '@idlm/evaluation';
import { describeDrift, driftSentence } from '../sentences/drift';
import { likelihoodSentence } from '../sentences/likelihood';
import { alignedTable } from '../terminal';
import { verdicts } from './compare';
import type { ReportData } from './data';
import { renderPlot } from './plot';
import { smooth } from './sections';
import {
  claimSentence,
  renderQualityPlot,
  renderReport,
  resolutionSentence,
  terminalNote,
  terminalRows,
} from './report';

const row = (model: string, steps: number, perplexity: number): SweepCell => ({
  model,
  steps,
  temperature: 1,
  samples: 64,
  networkCalls: steps,
  evaluationsPerSample: steps * 0.9,
  perplexity: { 'n-gram': perplexity, autoregressive: perplexity / 4 },
  entropy: 2.6 - 1 / perplexity,
  entropyError: 0.01,
  distinct: [0.1, 0.4, 0.8],
  wordRate: 0.4,
  drift: { marginals: 0.03, pairs: 0.1, lengths: 0, entropy: 0 },
  driftFloor: { marginals: 0.01, pairs: 0.04, lengths: 0, entropy: 0.002 },
  examples: ['call me <b>ishmael</b> & co', 'the whale'],
});

const [teacher, student] = [row('teacher', 256, 41), row('student', 8, 35)];
const match: Match = {
  teacher,
  student,
  reached: true,
  stepRatio: 32,
  evaluationRatio: 7.1,
  entropyGap: -0.006,
  perplexityRatio: { 'n-gram': 0.85, autoregressive: 0.9 },
};
const data: ReportData = {
  title: 'A <report>',
  subtitle: 'engine & seed',
  rows: [row('teacher', 1, 900), row('teacher', 16, 54), teacher, row('student', 1, 800), student],
  match,
  driftFactor: 2,
  tolerance: 0.03,
  losses: {
    'teacher/loss': Array.from({ length: 500 }, (_, i) => [10 * i, 3 - i / 500] as const),
    'student/loss': [
      [1, 0.1],
      [2, 0.2],
    ],
  },
  films: [
    {
      title: 'Student, 2 steps',
      frames: ['▁▁▁', '▁a▁', '</s'].map((text, i) => ({ t: 1 - i / 2, text, networkCalls: i })),
    },
  ],
  manifest: { seed: 1, precision: '</script>' },
};

describe('renderReport', () => {
  const html = renderReport(data);

  it('refers to nothing outside itself and stays small', () => {
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|@import|src=/);
    expect(html.length).toBeLessThan(300_000);
  });

  it('shows what the pair of models that comes with the package wrote, where they did', () => {
    const texts = ['The king said to <his> servants, Go.'];
    const shown = [
      { model: 'student', steps: 8, texts },
      { model: 'teacher', steps: 256, texts },
    ] as const;
    const own = renderReport({ ...data, pair: { prompt: 'The king said to', shown } });
    expect(own).toContain('<strong>student</strong> at 8 steps');
    expect(own).toContain('<strong>teacher</strong> at 256 steps');
    expect(own).toContain('The king said to &lt;his&gt; servants, Go.');
    expect(html).not.toContain('A larger pair');
  });

  it('escapes what samples and titles hold', () => {
    expect(html).toContain('call me &lt;b&gt;ishmael&lt;/b&gt; &amp; co');
    expect(html).toContain('A &lt;report&gt;');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toContain('<b>ishmael');
  });

  it('shows every number of the sweep, both scorers, losses and films', () => {
    for (const words of [
      'n-gram ppl',
      'autoregressive ppl',
      '900',
      '54.0',
      '41.0',
      '35.0',
      '2.57',
      'teacher loss',
      'student loss',
      'Student, 2 steps',
      '0.100 / 0.400 / 0.800',
    ])
      expect(html).toContain(words);
    // Per judge against steps, evaluations and entropy, and two losses.
    expect(html.match(/<svg/g)!.length).toBe(8);
  });

  it('closes every tag in turn, within the one that it opened in', () => {
    const open: string[] = [];
    const markup = html.replace(/(<(script|style)\b[^>]*>).*?(<\/\2>)/gs, '$1$3');
    for (const [, closes, name, closed] of markup.matchAll(/<(\/?)([a-zA-Z][\w-]*)[^>]*?(\/?)>/g))
      if (closes) expect([name, open.pop()]).toEqual([name, name]);
      else if (!closed && !['meta', 'input', 'br', 'link', 'img'].includes(name!)) open.push(name!);
    expect(open).toEqual([]);
  });

  it('holds a line of the table for each of the sweep, its numbers under their names', () => {
    const all = html.slice(html.indexOf('<h2>All numbers</h2>'));
    const lines = [...all.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, line]) =>
      [...line!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell),
    );
    const shared = ['0.100 / 0.400 / 0.800', '0.400', '0.030', '0.100'];
    expect(lines).toEqual([
      [
        ...['model', 'steps', 'τ', 'calls', 'evaluations / sample', 'seconds', 'n-gram ppl', 'autoregressive ppl'],
        ...['entropy', 'distinct-1/2/3', 'word rate', 'drift: tokens', 'pairs'],
      ],
      ['teacher', '1', '1', '1', '0.900', '', '900', '225', '2.599 ± 0.010', ...shared],
      ['teacher', '16', '1', '16', '14.4', '', '54.0', '13.5', '2.581 ± 0.010', ...shared],
      ['teacher', '256', '1', '256', '230', '', '41.0', '10.3', '2.576 ± 0.010', ...shared],
      ['student', '1', '1', '1', '0.900', '', '800', '200', '2.599 ± 0.010', ...shared],
      ['student', '8', '1', '8', '7.20', '', '35.0', '8.75', '2.571 ± 0.010', ...shared],
    ]);
  });

  it('holds its manifest whole', () => {
    const [, text] = /<details>.*?<pre>(.*?)<\/pre>/s.exec(html)!;
    const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
    expect(JSON.parse(text!.replace(/&([^;]+);/g, (_, name: string) => entities[name]!))).toEqual(data.manifest);
  });

  it('draws each loss over its own updates, long ones as means of stretches', () => {
    const curve = (title: string) => {
      const [, svg] = new RegExp(`<figcaption>${title}</figcaption>(<svg.*?</svg>)`, 's').exec(html)!;
      const [, path] = /<g class="(?:teacher|student)"><path d="M([^"]+)"/.exec(svg!)!;
      return path!.split('L').map((point) => point.split(',').map(Number));
    };
    // A frame of 400 by 276 from (64, 16), with 8 % of the range beyond either end; lower losses stand further down.
    const [across, down] = [
      (share: number) => 64 + (400 * (0.08 + share)) / 1.16,
      (share: number) => 16 + (276 * (0.08 + share)) / 1.16,
    ];
    expect(curve('student loss')).toEqual(
      [
        [across(0), down(1)],
        [across(1), down(0)],
      ].map((point) => point.map((at) => Number(at.toFixed(3)))),
    );
    const teacherCurve = curve('teacher loss');
    expect(teacherCurve).toHaveLength(100);
    teacherCurve.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(across(i / 99), 2);
      expect(y).toBeCloseTo(down(i / 99), 2);
    });
  });

  it('takes the mean over a stretch of updates, at its last', () =>
    expect(smooth([[1, 3], [2, 5], [4, 1], [5, 2], [9, 8]], 3)).toEqual([[2, 4], [5, 1.5], [9, 8]])); // prettier-ignore

  it('does without a comparison, losses or films', () => {
    const bare = renderReport({ ...data, match: undefined, losses: {}, films: [] });
    expect(bare).not.toContain('class="claim');
    expect(bare).toContain('All numbers');
  });
});

describe('claimSentence', () => {
  it('states what was reached, in steps and in evaluations', () => {
    expect(claimSentence(match)).toBe(
      "The student reaches the teacher's quality at 256 steps in 8 steps: 32.0 × fewer (230 and 7.20 network evaluations per sample after caching, 7.10 × fewer; entropy −0.6 %).",
    );
  });

  it('says by how much it falls short', () => {
    const short = claimSentence({ ...match, reached: false, perplexityRatio: { a: 1.2, b: 1.05 } });
    expect(short).toMatch(
      /^The student falls short: at 8 steps its perplexity is 1\.20 × that of the teacher at 256 steps/,
    );
  });
});

describe('intervals', () => {
  const of = (nll: number) => ({
    ...{ nll, bitsPerToken: nll / Math.LN2, perplexity: Math.exp(nll), bitsPerByte: 1.25, tokens: 640, bytes: 2560 },
    error: 0.02,
    intervals: {
      nll: [nll - 0.04, nll + 0.04] as const,
      bitsPerToken: [(nll - 0.04) / Math.LN2, (nll + 0.04) / Math.LN2] as const,
      perplexity: [Math.exp(nll - 0.04), Math.exp(nll + 0.04)] as const,
      bitsPerByte: [1.2, 1.3] as const,
    },
  });
  const measured = (one: SweepCell): SweepCell => ({
    ...one,
    seconds: 12.34,
    likelihood: Object.fromEntries(
      Object.entries(one.perplexity).map(([name, value]) => [name, of(Math.log(value))] as const),
    ),
  });
  const rows = data.rows.map(measured);

  it('stand beside perplexities, with bits per byte, calls and seconds, within 80 columns of a terminal', () => {
    const html = renderReport({ ...data, rows });
    expect(html).toContain('<td>41.0 (39.4 – 42.7)</td><td>1.250 (1.200 – 1.300)</td>');
    expect(html).toContain('<th>n-gram bits / byte</th>');
    expect(html).toContain('<td>230</td><td>12.3</td>');
    expect(html).toContain('95 % bootstrap intervals over 64 samples');
    const lines = terminalRows({ ...data, rows });
    expect(lines[3]).toEqual(['teacher', '256', '230', '256', '12.3', '41.0 ±1.6', '10.3 ±0.41', '2.576', '0.100']);
    const first = terminalRows({ ...data, rows: [measured(row('teacher', 1, 2900))] });
    expect(first[1]!.slice(5, 7)).toEqual(['2900 ±116', '725 ±29']);
    const widths = alignedTable(lines).split('\n');
    expect(Math.max(...widths.map(({ length }) => length))).toBeLessThan(80);
    expect(terminalNote({ rows })).toContain('± half of its 95 % interval over 64 samples');
    expect(terminalNote(data)).not.toContain('±');
  });

  it('say what so many samples can tell', () => {
    const perplexityIntervals = { 'n-gram': [0.81, 0.89], autoregressive: [0.86, 0.94] } as const;
    const sure = { ...match, perplexityIntervals, smallestGap: 0.0451 };
    expect(resolutionSentence(sure)).toBe(
      "The student's perplexity is 0.810 to 0.890 × (n-gram), 0.860 to 0.940 × (autoregressive) the teacher's, with 95 % confidence: 64 samples show differences of 4.5 % or more, and take equal models for different once in twenty times.",
    );
    expect(resolutionSentence(match)).toBe('');
    const unsure = {
      ...sure,
      reached: false,
      perplexityIntervals: { ...perplexityIntervals, autoregressive: [0.9, 1.01] as const },
    };
    expect(claimSentence(unsure)).toContain('but by less than 64 samples can tell from chance');
    expect(claimSentence({ ...unsure, entropyGap: -0.2 })).toContain('but not at equal diversity');
  });
});

describe('drift', () => {
  it('is told in words, with signs', () => {
    const drift = { marginals: 0.1, pairs: 0.2, lengths: -0.1, entropy: 0.05 };
    expect(describeDrift(drift)).toBe('tokens 0.100, pairs 0.200, lengths −10.0 %, pooled entropy +5.0 %');
  });

  const drifted = { ...student, drift: { marginals: 0.04, pairs: 0.25, lengths: -0.1, entropy: 0.001 } };
  const padded = { ...match, teacher: { ...teacher, drift: { ...teacher.drift, lengths: 0.02 } }, student: drifted };

  it('is told in words as a multiple of the largest of the teacher, chance and 0.01', () => {
    expect(driftSentence(match, 2)).toBe(
      "Its drift stays within 2 × (tokens at 1.00 × the largest of the teacher's drift, chance and 0.01).",
    );
    expect(driftSentence(padded, 6)).toBe(
      "Its drift stays within 6 × (lengths at 5.00 × the largest of the teacher's drift, chance and 0.01).",
    );
    expect(driftSentence(padded, 2)).toBe(
      "It drifts more than 2 × as far as its teacher (lengths at 5.00 × the largest of the teacher's drift, chance and 0.01).",
    );
  });

  it('is shown beside chance, with other models at the same steps', () => {
    const control = { ...student, model: 'control' };
    const html = renderReport({ ...data, rows: [...data.rows, control], match: padded });
    const section = html.slice(html.indexOf('Drift from held-out text'), html.indexOf('Samples</h2>'));
    for (const words of [
      'teacher at 256 steps',
      'student at 8 steps',
      'control at 8 steps',
      'chance',
      '−10.0 %',
      '0.250',
    ])
      expect(section).toContain(words);
  });
});

describe('real text', () => {
  const { perplexity, entropy, entropyError, distinct, wordRate, samples, examples } = row('x', 1, 12.5);
  const measured = { perplexity, entropy, entropyError, distinct, wordRate, samples, examples };
  const text = {
    corpus: 'a.txt',
    heldOut: 0.1,
    documents: 2,
    characters: 1200,
    trainTokens: 1080,
    heldOutTokens: 120,
    heldOutIsTraining: false,
  };
  const withText = (isTraining: boolean): ReportData => ({
    ...data,
    manifest: { realText: measured, text: { ...text, heldOutIsTraining: isTraining } },
  });

  it('is a row of every table, a line of every plot of quality, and a column of samples', () => {
    const html = renderReport(withText(false));
    expect(
      html.match(/<g class="real"><path d="M64,[\d.]+L464,[\d.]+"><title>held-out text (12\.5|3\.13)/g),
    ).toHaveLength(6);
    expect(html).toContain('<tr class="real"><td>held-out text itself: chance</td><td>0.010</td>');
    expect(html).toMatch(
      /<tr class="real"><td>held-out text<\/td><td><\/td><td><\/td><td><\/td><td><\/td><td><\/td><td>12\.5<\/td>/,
    );
    expect(html).toContain('<strong>held-out text</strong>');
    expect(html).not.toMatch(/NaN|>undefined</);
    expect(renderQualityPlot(withText(false))).toContain('held-out text 12.5');
  });

  it('is nowhere called held out where it was trained on', () => {
    const html = renderReport(withText(true));
    expect(html).toContain('<strong>training text</strong>');
    expect(html).not.toContain('held-out text');
  });

  it('stands below the rows of a terminal, within 80 columns', () => {
    const lines = terminalRows(withText(false));
    expect(lines[0]).toEqual(['', 'steps', 'NFE', 'calls', 's', 'n-gram ppl', 'ar ppl', 'entropy', 'drift']);
    expect(lines.at(-1)).toEqual(['held-out text', '–', '–', '–', '–', '12.5', '3.13', '2.520', '0.040']);
    expect(
      Math.max(
        ...alignedTable(lines)
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThan(80);
  });
});

describe('likelihood', () => {
  const bound = { nll: 2, bitsPerToken: 2.885, perplexity: Math.exp(2), standardError: 0.01 };

  it('is told with the name of the text, and is marked where it is no comparison', () => {
    expect(likelihoodSentence('teacher', { ...bound, comparable: true }, 'training text')).toBe(
      'Training text under the teacher: NELBO perplexity 7.39 (2.000 ± 0.010 nats per token; 2.885 bits per token).',
    );
    const intervals = { bitsPerByte: [0.7, 0.75] } as unknown as NonNullable<ManifestBound['intervals']>;
    expect(likelihoodSentence('baseline', { ...bound, bitsPerByte: 0.72, intervals }, 'held-out text')).toBe(
      'Held-out text under the baseline: perplexity 7.39 (2.000 ± 0.010 nats per token; 2.885 bits per token, 0.720 bits per byte (0.700 – 0.750)).',
    );
    expect(likelihoodSentence('student', { ...bound, comparable: false }, 'held-out text')).toMatch(
      /It bounds the student as a model of many steps, which it is not: do not compare it with that of a teacher\.$/,
    );
  });
});

describe('comparisons', () => {
  const summaries = summariseArms([
    { arm: 'teacher', rows: [row('teacher', 64, 40)] },
    { arm: 'idlm', rows: [row('idlm', 8, 50)] },
  ]);
  const report = {
    subtitle: '',
    summaries,
    teacher: 'teacher',
    compareAt: 256,
    tolerance: 0.03,
    work: [],
    manifest: {},
  };

  it('say nothing of equal entropy where the teacher was not sampled at what is compared with', () => {
    expect(verdicts(report)).toEqual([
      'Nothing can be said at equal entropy: the teacher was not sampled at 256 steps.',
    ]);
    expect(verdicts({ ...report, compareAt: 64 })[0]).toMatch(/^At 8 steps: idlm has the lowest perplexity/);
  });
});

describe('plots', () => {
  it('draw nothing without points, and finite coordinates with them', () => {
    const axis = { label: 'x' };
    expect(renderPlot({ title: '', x: axis, y: axis, series: [] })).toBe('');
    const svg = renderPlot({
      title: '',
      x: axis,
      y: { label: 'y', log: true },
      series: [{ name: 'one', kind: 'teacher', points: [[1, 2]] }],
    });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('stand alone as SVG', () => {
    const svg = renderQualityPlot(data);
    expect(svg).toMatch(/^<svg[^>]*><style>/);
    expect(svg).toContain('sampling steps');
  });
});
