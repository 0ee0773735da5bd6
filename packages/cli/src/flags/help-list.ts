import { Help } from 'commander';

/** Names with what each is. */
type Items = readonly { readonly name: string; readonly description: string }[];

/** Names with what each is, one below the other, as a command's help has them. */
export function helpLines(items: Items): string[] {
  const width = Math.max(...items.map(({ name }) => name.length));
  const help = new Help();
  return items.map(({ name, description }) => help.formatItem(name, width, description, help));
}

/** The same below a title, in lines for a command's help. */
export const helpList = (title: string, items: Items): string => [`${title}:`, ...helpLines(items)].join('\n');
