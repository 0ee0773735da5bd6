/** Whether a path is a pattern. */
export const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);

/** What a part of a pattern fits, as a regular expression; a slash is fitted by `**` alone. */
const PARTS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** The files of a folder that a pattern such as `texts/**\/part-{0,1}?.jsonl` fits, told by their paths within the folder. */
export function filePattern(pattern: string): { readonly folder: string; readonly fits: (name: string) => boolean } {
  const parts = pattern.replaceAll('\\', '/').split('/');
  const first = parts.findIndex((part) => isPattern(part));
  const folder = parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const rest = parts.slice(first).join('/');
  const source = rest.replaceAll(/\*\*\/|\*\*|\[[^\]/]*\]|\{[^{}]*\}|[*?]|[.+^$()|{}[\]\\]/g, (found) => {
    if (found.startsWith('[') && found.length > 2) return found.replace(/^\[!/, '[^');
    if (found.startsWith('{') && found.length > 1)
      return `(?:${found
        .slice(1, -1)
        .split(',')
        .map((one) => one.replaceAll(/[.+^$()|*?[\]\\]/g, '\\$&'))
        .join('|')})`;
    return PARTS[found] ?? `\\${found}`;
  });
  const expression = new RegExp(`^${source}$`);
  return { folder, fits: (name) => expression.test(name.replaceAll('\\', '/')) };
}
