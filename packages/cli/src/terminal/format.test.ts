import fc from 'fast-check';
import { bytes, duration, short } from './format';
import { alignedTable } from './table';

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, min: 60, s: 1 };
/** The seconds that a span in words stands for. */
const secondsOf = (text: string) =>
  Array.from(text.matchAll(/([\d.]+) (d|h|min|s)/g), ([, count, unit]) => Number(count) * SECONDS[unit!]!).reduce(
    (a, b) => a + b,
  );

it('a span of time is told to its two largest units, and never as more than it is but for rounding', () =>
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
      const told = secondsOf(duration(seconds));
      const unit = seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600;
      expect(told).toBeLessThanOrEqual(seconds + 0.5);
      expect(told).toBeGreaterThan(seconds - 0.51 - unit);
    }),
  ));

it.each([
  [9.94, '9.9 s'],
  [9.95, '10 s'],
  [59.5, '1 min'],
  [3599.5, '1 h'],
])('the unit is that of what is said, not of what is rounded: %d seconds are %s', (seconds, told) =>
  expect(duration(seconds)).toBe(told),
);

it('a number is told in three digits, and is that number to half of the third', () =>
  fc.assert(
    fc.property(fc.double({ min: 1, max: 9e14, noNaN: true }), fc.boolean(), (size, negative) => {
      const value = negative ? -size : size;
      const [, digits, unit] = /^(-?[\d.]+)( [kMGT])?$/.exec(short(value))!;
      expect(digits!.replace(/\D/g, '').length).toBeLessThanOrEqual(3);
      const told = Number(digits) * 1000 ** ['', ' k', ' M', ' G', ' T'].indexOf(unit ?? '');
      expect(Math.abs(told - value)).toBeLessThanOrEqual(0.0051 * size);
      expect(bytes(value)).toBe(`${digits}${unit ?? ' '}B`);
    }),
  ));

describe('a table', () => {
  it('has columns that end at the same place, the first to the left', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((columns) =>
          fc.array(fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: columns, maxLength: columns }), {
            minLength: 1,
            maxLength: 6,
          }),
        ),
        (rows) => {
          const lines = alignedTable(rows).split('\n');
          expect(lines.map((line) => line.split(/ +/))).toEqual(rows);
          const ends = lines.map((line) =>
            Array.from(line.matchAll(/\w+/g), ({ index, 0: cell }) => index + cell.length).slice(1),
          );
          ends.forEach((one) => expect(one).toEqual(ends[0]));
          lines.forEach((line) => expect(line).toMatch(/^\w.*\w$|^\w$/));
        },
      ),
      { numRuns: 30 },
    ));

  it('may have no rows, and cells without text', () => {
    expect(alignedTable([])).toBe('');
    expect(
      alignedTable([
        ['a', '', 'b'],
        ['long', 'c', ''],
      ]),
    ).toBe('a        b\nlong  c');
  });
});
