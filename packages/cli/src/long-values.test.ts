import { idlm } from '../test/command-line';

const LONG = 'x'.repeat(5000);

/** What a sentence says beside a value: choices that there are, and where it was set. */
const MOST = 500;

it.each([
  ['a setting without a value', ['sample', '--set', LONG]],
  ['a field', ['sample', '--set', `${LONG}=3`]],
  ['a field of a section', ['sample', '--set', `data.${LONG}=3`]],
  ['a number', ['sample', '--set', `data.length=${LONG}`]],
  ['a list', ['sample', '--set', `sampling.steps=[${LONG}]`]],
  ['a family', ['sample', '--set', `family=${LONG}`]],
  ['an option', ['sample', '--set', `family={name: mdlm, options: {${LONG}: 1}}`]],
  ['a value of an option', ['sample', '--set', `family={name: mdlm, options: {schedule: ${LONG}}}`]],
  ['a sampler', ['sample', '--set', `sampling.sampler=${LONG}`]],
  ['an engine', ['sample', '--set', `engine.name=${LONG}`]],
  ['a preset', ['sample', '--preset', LONG]],
  ['a count', ['sample', '--count', LONG]],
  ['what two flags set', ['sample', '--engine', 'wasm', '--set', `engine.name=${LONG}`]],
  ['a command', [LONG]],
  ['a choice', ['options', LONG]],
  ['a type of weights', ['convert', 'a', 'b', '--dtype', LONG]],
  ['a published row', ['reproduce', '--published', LONG, '--model', 'a', '--scorer', 'b', '--corpus', 'c']],
])('an error shows the beginning of what is given at length: %s', async (_, argv) => {
  const { code, err } = await idlm(...argv);
  expect([code, err]).toEqual([2, expect.stringMatching(/^error: .*x{50}/m)]);
  expect(err).not.toContain('x'.repeat(70));
  expect(err.length).toBeLessThan(MOST);
});
