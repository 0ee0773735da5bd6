import type { Command } from 'commander';
import type { ConfigOptions } from './config-flags';
import { helpList } from './help-list';
import { commandOf } from './unknown-words';

/**
 * Puts what configurations choose by name into the help of a command that is given modules or a configuration, so that a user
 * sees what a module of theirs registers. Other help loads nothing.
 * @param words the command line
 * @throws InputError if a module or the configuration cannot be loaded
 */
export async function helpWithChoices(program: Command, words: readonly string[]): Promise<void> {
  const { command, rest } = commandOf(program, words);
  command.parseOptions([...rest]);
  const { config, set: settings = [], import: imports } = command.opts<Partial<ConfigOptions>>();
  if (!imports || (!imports.length && !settings.length && config === undefined)) return;
  const { importConfigured, namedChoices } = await import('@idlm/recipe/config');
  await importConfigured(config, { settings, imports });
  const lists = namedChoices().map(({ kind, choices }) => helpList(kind[0]!.toUpperCase() + kind.slice(1), choices));
  command.addHelpText('after', `\n${lists.join('\n\n')}`);
}
