import fc from 'fast-check';
import { escapeHtml, figure, halfWidth, htmlTable, notesOf, scriptJson, signedPercent } from './html';

const texts = fc.string({ unit: fc.constantFrom('a', '<', '>', '&', '"', "'", '/', '\n', 'é', '</script>', '<!--') });

describe('text in a page', () => {
  it('holds nothing that ends a tag or an attribute, and comes back as it was', () =>
    fc.assert(
      fc.property(texts, (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
        expect(escaped.replace(/&([^;]+);/g, (_, name: string) => named[name]!)).toBe(text);
      }),
    ));

  it('does not end a script as JSON, and comes back as it was', () =>
    fc.assert(
      fc.property(fc.dictionary(texts, fc.array(texts)), (value) => {
        expect(scriptJson(value)).not.toContain('<');
        expect(JSON.parse(scriptJson(value))).toEqual(value);
      }),
    ));
});

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

describe('a table', () => {
  it('has a cell for each text, safe, and marks the rows that are set apart', () => {
    const html = htmlTable(
      ['a', '<b>'],
      [
        ['1', '"2"'],
        ['3', '4'],
      ],
      (row) => row === 1,
    );
    expect(html).toBe(
      '<div class="scroll"><table><thead><tr><th>a</th><th>&lt;b&gt;</th></tr></thead>' +
        '<tbody><tr><td>1</td><td>&quot;2&quot;</td></tr><tr class="real"><td>3</td><td>4</td></tr></tbody></table></div>',
    );
  });

  it('may be empty', () => expect(htmlTable(['a'], [])).toContain('<tbody></tbody>'));
});

it('notes stand in paragraphs, and nothing stands for none', () => {
  expect(notesOf({ notes: ['a & b', 'c'] })).toBe('<div class="notes"><p>a &amp; b</p><p>c</p></div>');
  expect([notesOf({}), notesOf({ notes: [] })]).toEqual(['', '']);
});
