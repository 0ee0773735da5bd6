import fc from 'fast-check';
import { escapeHtml, htmlTable, notesOf, scriptJson } from './html';

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
