import fc from 'fast-check';
import { figure, halfWidth, signedPercent } from './figures';

describe('figures', () => {
  it.each([
    [0, '0.000'],
    [0.12345, '0.123'],
    [-0.5, '-0.500'],
    [1, '1.00'],
    [12.345, '12.3'],
    [-41.26, '-41.3'],
    [100, '100'],
    [12345.6, '12346'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('%d is shown as %s', (value, text) => expect(figure(value)).toBe(text));

  it.each([
    [-0.013, '−1.3 %'],
    [0.002, '+0.2 %'],
    [0, '+0.0 %'],
    [1.5, '+150.0 %'],
  ])('the share %d is shown as %s', (share, text) => expect(signedPercent(share)).toBe(text));

  it.each([
    [[10, 13.2], ' ±1.6'],
    [[10, 10], ' ±0.0'],
    [[100, 340], ' ±120'],
    // Two digits of what rounds to three are no power of ten.
    [[0, 199.4], ' ±100'],
    [[0, 198.8], ' ±99'],
    [[NaN, 1], ''],
  ] as const)('half of the interval %j is shown as "%s"', (interval, text) => expect(halfWidth(interval)).toBe(text));

  it('are never written with a power of ten', () =>
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (value) => {
        expect(figure(value)).toMatch(/^\d+(\.\d+)?$/);
        expect(halfWidth([0, value])).toMatch(/^ ±\d+(\.\d+)?$/);
        // Within half of the last place that is shown.
        expect(Math.abs(Number(figure(value)) - value)).toBeLessThanOrEqual(Math.max(0.0005, 0.006 * value));
      }),
    ));
});
