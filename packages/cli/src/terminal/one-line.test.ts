import { oneLine } from './one-line';

describe('oneLine', () => {
  it.each([
    ['a\nb\r\nc', 'a\\nb\\r\\nc'],
    ['\u001b[31mred\u0000\u007f\u0085\u2028', '\\u001b[31mred\\u0000\\u007f\\u0085\\u2028'],
    ['a\tb \\ ▁ é 鯨 🐋', 'a\tb \\ ▁ é 鯨 🐋'],
  ])('shows %j as %s', (text, line) => expect(oneLine(text)).toBe(line));
});
