import { FREE } from '@idlm/samplers';
import type { InfillText } from '../text/infill';
import type { GivenText } from '../text/prompts';
import { beginningOf, hasTextBehindHole, haveBeginnings, isAnyGiven } from './given';

const text = (...tokens: number[]): GivenText => ({ text: 'any', clamp: Int32Array.from(tokens) });
const infill = (...pieces: number[][]): InfillText => ({
  text: 'any',
  pieces: pieces.map((ids) => ({ text: 'any', ids: Int32Array.from(ids) })),
  holes: pieces.slice(1).map(() => ({ least: 1, most: 1 })),
});

it('what stands at the beginning of a text with holes is its first piece', () => {
  expect(beginningOf(infill([3], [4])).clamp).toEqual(Int32Array.of(3));
  const given = text(3, FREE);
  expect(beginningOf(given)).toBe(given);
});

it.each([
  ['no text', [], false, false],
  ['a prompt', [text(3)], true, true],
  ['nothing', [text()], false, false],
  ['a prompt to one of two texts', [text(3), text()], false, true],
  ['a template that begins with a hole', [text(FREE, 3)], false, true],
  ['a template of holes alone', [text(FREE, FREE)], false, false],
  ['a text that begins before its hole', [infill([3], [])], true, true],
  ['a text that begins with a hole', [infill([], [3])], false, true],
  ['a hole alone', [infill([], [])], false, false],
])('of %s, all texts have a beginning, or any is given something', (_, given, ...known) =>
  expect([haveBeginnings(given), isAnyGiven(given)]).toEqual(known),
);

it.each([
  ['a prompt', text(3), false],
  ['nothing', text(), false],
  ['a template that begins with a hole', text(FREE, 3), true],
  ['a template that ends with its holes', text(3, FREE, FREE), false],
  ['a template with a hole in its midst', text(3, FREE, 4), true],
  ['a template of holes alone', text(FREE, FREE), false],
])('of %s, text stands behind a hole or not', (_, given, known) => expect(hasTextBehindHole(given)).toBe(known));
