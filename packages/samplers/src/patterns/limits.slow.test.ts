import { patternAutomaton } from './character-automaton';
import { tokenAutomaton } from './token-automaton';

it.each([
  ['of more states than an automaton has', '[a-z]{20000}', 'more than 10000 states'],
  // Each state of the deterministic automaton stands for up to as many as there are.
  ['that repeats what repeats', '(a{1,50}){1,50}', '4000000 transitions'],
])('a pattern %s is refused in one sentence', (_, pattern, message) => {
  let refusal: unknown;
  try {
    patternAutomaton(pattern);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) as string });
  expect((refusal as Error).message).toMatch(/^.{1,400}$/);
});

it('a pattern that tells too many tokens of a vocabulary apart is refused', () => {
  // A chain of 6,000 states whose characters come in no order, and 14,641 tokens of four letters each.
  const letters = [...'abcdefghijk'];
  const chain = Array.from({ length: 6000 }, (_, i) => `[^${letters[(i * i * i + (i >> 3)) % 11]}]`).join('');
  const joined = (texts: readonly string[]) => texts.flatMap((text) => letters.map((letter) => text + letter));
  const characters = patternAutomaton(chain);
  expect(() => tokenAutomaton(characters, { texts: joined(joined(joined(letters))) })).toThrow(
    'too large an automaton over the tokens, of 6002 states by more than 5590 kinds of tokens; let it be shorter',
  );
});
