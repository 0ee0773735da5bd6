import { InputError } from './errors';
import { withinSeconds } from './within-seconds';

/** Takes a second or so: each further letter would double it. */
const slow = () => /^(a+)+$/.test(`${'a'.repeat(27)}b`);
const tooLong = () => 'That took too long.';

it('gives what was found in time, and throws what was thrown', () => {
  expect(withinSeconds(60, () => 'ab'.match(/b/)!.index, tooLong)).toBe(1);
  expect(() => withinSeconds(60, () => decodeURI('%'), tooLong)).toThrow(URIError);
});

it('stops a pattern that takes longer, and what comes next runs', () => {
  expect(() => withinSeconds(0.02, slow, tooLong)).toThrow(new InputError('That took too long.'));
  expect(withinSeconds(60, () => withinSeconds(60, () => 1, tooLong) + 1, tooLong)).toBe(2);
});
