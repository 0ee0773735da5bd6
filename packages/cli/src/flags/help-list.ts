import { Help } from 'commander';

/** Names with what each is, in lines for a command's help. */
export function helpList(
  title: string,
  items: readonly { readonly name: string; readonly description: string }[],
): string {
  const width = Math.max(...items.map(({ name }) => name.length));
  const help = new Help();
  return [`${title}:`, ...items.map(({ name, description }) => help.formatItem(name, width, description, help))].join(
    '\n',
  );
}
