import { InputError } from '../errors';

/** Whether a path is a pattern. */
export const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);

/** What a part of a pattern fits, as a regular expression; a slash is fitted by `**` alone. */
const PARTS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** A pattern as a regular expression: of `{a,b*}` either, which are patterns themselves, and of `[!a]` any but these. */
const sourceOf = (pattern: string): string =>
  pattern.replaceAll(/\*\*\/|\*\*|\[[^\]/]+\]|\{[^{}]*\}|[*?]|[.+^$()|{}[\]\\]/g, (found) => {
    if (found.startsWith('[') && found.length > 1) return found.replace(/^\[!/, '[^');
    if (found.startsWith('{') && found.length > 1)
      return `(?:${found.slice(1, -1).split(',').map(sourceOf).join('|')})`;
    return PARTS[found] ?? `\\${found}`;
  });

/**
 * The files of a folder that a pattern such as `texts/**\/part-{0,1}?.jsonl` fits, told by their paths within the folder.
 * @throws InputError for a range of characters that is none
 */
export function filePattern(pattern: string): { readonly folder: string; readonly fits: (name: string) => boolean } {
  const parts = pattern.replaceAll('\\', '/').split('/');
  const first = parts.findIndex((part) => isPattern(part));
  const folder = parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.');
  let expression: RegExp;
  try {
    expression = new RegExp(`^${sourceOf(parts.slice(first).join('/'))}$`);
  } catch (error) {
    throw new InputError(`The pattern ${pattern} cannot be read: ${(error as Error).message}.`);
  }
  return { folder, fits: (name) => expression.test(name.replaceAll('\\', '/')) };
}
