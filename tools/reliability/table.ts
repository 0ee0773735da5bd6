import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGE = join(fileURLToPath(import.meta.url), '../../../docs/reliability.md');

/** Rows of a table in Markdown, the first of which names the columns. */
export const tableOf = ([head, ...rows]: readonly (readonly string[])[]): string =>
  [head!, head!.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Puts a text, dated, between the marks of a name in `docs/reliability.md`. @throws Error where the page has no such marks */
export function writeSection(name: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name}: written by npm run ${name} -- --write -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const date = new Date().toISOString().slice(0, 10);
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no place for ${name}.`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\nOn ${date}:\n\n${text}\n\n${page.slice(to)}`);
}
