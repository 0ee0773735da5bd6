import { framePieces } from './frame-pieces';

const WORDS = ['▁', 'the', ' sea', 'a', 'é', '\uFFFD', '\uFFFD'];
/** Two tokens 5 and 6 in turn are one character. */
const decode = (ids: readonly number[]) =>
  ids
    .map((id) => WORDS[id]!)
    .join('')
    .replaceAll('\uFFFD\uFFFD', '鯨');
const moment = (...tokens: number[]) => ({ tokens, text: decode(tokens) });

it('are the texts of tokens', () => {
  expect(framePieces([moment(0, 0, 0), moment(1, 0, 3), moment(1, 2, 3)], decode)).toEqual([
    ['▁', '▁', '▁'],
    ['the', '▁', 'a'],
    ['the', ' sea', 'a'],
  ]);
});

it('are none where characters tell the same, or a character is of several tokens', () => {
  expect(framePieces([moment(0, 0), moment(3, 4)], decode)).toBeUndefined();
  expect(framePieces([moment(1, 0, 0), moment(1, 5, 6)], decode)).toBeUndefined();
});
