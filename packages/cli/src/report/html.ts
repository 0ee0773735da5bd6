const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe between tags and within quoted attributes. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);

/** JSON made safe within a script element. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** A table of text that scrolls where it is too wide; rows of `marked` are set apart. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  marked: (row: number) => boolean = () => false,
): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const body = rows.map((row, i) => `<tr${marked(i) ? ' class="real"' : ''}>${cells('td', row)}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Sentences on what numbers mean, to stand before the numbers. */
export const notesOf = ({ notes = [] }: { readonly notes?: readonly string[] }): string =>
  notes.length ? `<div class="notes">${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('')}</div>` : '';
