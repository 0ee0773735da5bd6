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

/** A share with its sign, such as `−1.3 %`. */
export const signedPercent = (share: number): string =>
  `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`;

/** A number as tables show it: three digits or so. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(Math.abs(value) >= 1 ? 2 : 3);
};

/** Half of an interval in two digits or so, such as `±1.6` and `±120`. */
export const halfWidth = ([low, high]: readonly [low: number, high: number]): string => {
  const half = (high - low) / 2;
  return Number.isFinite(half) ? ` ±${half < 99.5 ? half.toPrecision(2) : half.toFixed(0)}` : '';
};

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
