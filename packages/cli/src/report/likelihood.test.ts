import type { ManifestBound } from '@idlm/evaluation';
import type { ReportData } from './data';
import { likelihoodSentence } from '../sentences/likelihood';
import { likelihood } from './likelihood';
import { textSentence } from './models';
import { leastEntropyOf } from './quality-sections';

const bound = {
  ...{ nll: 2, standardError: 0.0625, perplexity: 7.389, bitsPerToken: 2.885, bitsPerByte: 1.5 },
  intervals: { bitsPerByte: [1.25, 1.75] },
} as unknown as ManifestBound;
const page = (bounds: Readonly<Record<string, ManifestBound>>, heldOutIsTraining = false) =>
  likelihood({ manifest: { bounds, text: { heldOutIsTraining } } } as unknown as ReportData);

describe('the likelihood of text', () => {
  it('is a bound under diffusion models, exact for the baseline, in nats and bits', () => {
    expect(likelihoodSentence('teacher', bound, 'held-out text')).toBe(
      'Held-out text under the teacher: NELBO perplexity 7.39 (2.000 ± 0.063 nats per token; 2.885 bits per token, 1.500 bits per byte (1.250 – 1.750)).',
    );
    expect(likelihoodSentence('baseline', bound, 'training text')).toMatch(
      /^Training text under the baseline: perplexity/,
    );
  });

  it('has no bits per byte in older manifests', () => {
    const old = { ...bound, bitsPerByte: undefined, intervals: undefined } as unknown as ManifestBound;
    expect(likelihoodSentence('teacher', old, 'held-out text')).toMatch(/; 2\.885 bits per token\)\.$/);
  });

  it('warns of that of a student, in words and in the report', () => {
    const student = { ...bound, comparable: false };
    expect(likelihoodSentence('student', student, 'held-out text')).toMatch(
      /do not compare it with that of a teacher\.$/,
    );
    const html = page({ teacher: bound, student });
    expect(html).toContain('A student&#39;s bounds the student as a model of many steps');
    expect(html.match(/not comparable/g)).toHaveLength(1);
    expect(page({ teacher: bound })).not.toContain('not comparable');
  });

  it('is of the text that it was measured on, and no section where there is none', () => {
    expect(page({ teacher: bound })).toContain('<h2>Likelihood of held-out text</h2>');
    expect(page({ teacher: bound }, true)).toContain('<h2>Likelihood of training text</h2>');
    expect(page({})).toBe('');
  });
});

describe('textSentence', () => {
  const text = {
    ...{ corpus: 'text.txt', heldOut: 0.1, documents: 1, characters: 1234, trainTokens: 900, heldOutTokens: 100 },
    heldOutIsTraining: false,
  };

  it('says how much text there is, and how it is split', () => {
    expect(textSentence(text)).toBe(
      'text.txt: 1 document, 1.23 k characters; 900 tokens to train on, 100 held out (data.heldOut 10 %).',
    );
    expect(textSentence({ ...text, documents: 2000 })).toContain('text.txt: 2 k documents, ');
  });

  it('says that nothing is held out', () =>
    expect(textSentence({ ...text, heldOutIsTraining: true })).toContain(
      '900 tokens to train on, nothing held out, so that all is measured on training text.',
    ));
});

describe('leastEntropyOf', () => {
  const swept = (more: object) =>
    ({ rows: [], manifest: {}, ...more }) as unknown as Parameters<typeof leastEntropyOf>[0];

  it("is less than the teacher's by the tolerance, else than that of real text, else of nothing", () => {
    const match = { teacher: { entropy: 2 } };
    const manifest = { realText: { entropy: 4 } };
    expect(leastEntropyOf(swept({ match, manifest, tolerance: 0.1 }))).toBeCloseTo(1.8, 12);
    expect(leastEntropyOf(swept({ manifest, tolerance: 0.25 }))).toBe(3);
    expect(leastEntropyOf(swept({ manifest }))).toBe(4);
    expect(leastEntropyOf(swept({}))).toBeUndefined();
  });
});
