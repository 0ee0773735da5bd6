import type { Match, SweepCell } from '@idlm/evaluation';
import { describeClaim, equalStepsSentence, isClaimMet } from './claim';

const drift = { marginals: 0.03, pairs: 0.1, lengths: -0.02, entropy: 0.01 };
const row = (model: string, steps: number, perplexity: number, more: Partial<SweepCell> = {}) =>
  ({ model, steps, temperature: 1, perplexity: { judge: perplexity }, drift, driftFloor: drift, ...more }) as SweepCell;
const student = row('student', 8, 27);
const teacher = row('teacher', 256, 15);
const match = { teacher, student, reached: false, stepRatio: 32 } as Match;
const rows = [row('teacher', 8, 39), teacher, student, row('control', 8, 41)];

const asked = (claim?: number, driftFactor = 2) => ({ claim, driftFactor });

describe('isClaimMet', () => {
  it('asks for the steps that are claimed', () => {
    expect(isClaimMet(asked(16), rows, { ...match, reached: true })).toBe(true);
    expect(isClaimMet(asked(64), rows, { ...match, reached: true })).toBe(false);
    expect(isClaimMet(asked(16), rows, match)).toBe(false);
    const drifted = row('student', 8, 27, { drift: { ...drift, pairs: 0.3 } });
    expect(isClaimMet(asked(16), rows, { ...match, reached: true, student: drifted })).toBe(false);
    expect(isClaimMet(asked(16, 4), rows, { ...match, reached: true, student: drifted })).toBe(true);
  });

  it('without one, asks to be better than all others at equal steps, within twice the drift', () => {
    expect(isClaimMet(asked(undefined), rows, match)).toBe(true);
    expect(isClaimMet(asked(undefined), [...rows, row('other', 8, 26)], match)).toBe(false);
    expect(isClaimMet(asked(undefined), [teacher, student], match)).toBe(false);
    const drifted = row('student', 8, 27, { drift: { ...drift, lengths: -0.05 } });
    expect(isClaimMet(asked(undefined), rows, { ...match, student: drifted })).toBe(false);
  });
});

it('says what is claimed with the limit of the configuration', () => {
  expect(describeClaim(asked(16))).toBe("16 times fewer steps, with drift within twice the teacher's or chance's");
  expect(describeClaim(asked(8, 3))).toContain('within 3 times the');
});

it('compares at equal steps in words, where there is anything to compare', () => {
  expect(equalStepsSentence(rows, match)).toBe(
    'Perplexity at 8 steps: the student 27.0 (judge); the teacher 39.0 (judge); the control 41.0 (judge).',
  );
  expect(equalStepsSentence([teacher, student], match)).toBeUndefined();
});
