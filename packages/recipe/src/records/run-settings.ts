import { InputError, type Json } from '@idlm/core-diffusion';
import { type JsonDifference, differences, show } from '@idlm/trainer';
import { type LoadedConfig, originOf } from '../config/load';
import { type ConfiguredCommand, READS } from '../config/reads';
import type { Config } from '../config/schema';
import type { RunRole } from './run-records';

/** The command of each kind of run. */
export const COMMANDS = { teacher: 'train', scorer: 'train scorer', student: 'distill' } as const satisfies Readonly<
  Record<RunRole, ConfiguredCommand>
>;

/** Settings that a run keeps to its end: with others it would be another run. */
const KEPT =
  /^(seed|data|model|family|teacher\.(reduction|antithetic|samplingEps)|distillation\.(objective|fakeUpdates))(\.|$)/;

/** What may have been moved or renamed; hashes tell whether it is the same. */
export const HASHED = ['data.corpus', 'data.tokenizer', 'imports'];

type Section = Readonly<Record<string, unknown>>;

/** A copy of a section with nothing but one field, which a path leads to. */
function only(section: Section, [name, ...rest]: readonly string[]): Section {
  const value = section[name!];
  return { [name!]: rest.length ? only(value as Section, rest) : value };
}

/** The part of a configuration that a command reads. */
export function settingsRead(config: Config, command: ConfiguredCommand): Readonly<Record<string, Json>> {
  const parts = READS[command].map((path) => only(config, path.split('.')));
  return parts.reduce<Record<string, unknown>>((all, part) => {
    const [name, value] = Object.entries(part)[0]!;
    const isDeep = name in all;
    return { ...all, [name]: isDeep ? { ...(all[name] as object), ...(value as object) } : value };
  }, {}) as Readonly<Record<string, Json>>;
}

/** The part of a configuration that a run is made from: what its record holds. */
export const settingsOf = (config: Config, role: RunRole): Readonly<Record<string, Json>> =>
  settingsRead(config, COMMANDS[role]);

/** A setting in which a run goes on otherwise than it began. */
export interface SettingChange {
  readonly path: string;
  readonly from: Json;
  readonly to: Json;
}

/** A difference as a change. */
export const changeOf = ({ path, saved = null, given = null }: JsonDifference): SettingChange => ({
  path,
  from: saved,
  to: given,
});

/** A change in words. */
export const describeChange = ({ path, from, to }: SettingChange): string => `${path} ${show(from)} → ${show(to)}`;

/** The settings in which a run would go on otherwise. */
export const changesBetween = (before: Config, now: Config, role: RunRole): SettingChange[] =>
  differences(settingsOf(before, role), settingsOf(now, role))
    .map(changeOf)
    .filter(({ path }) => !HASHED.includes(path));

/**
 * Refuses to go on with a run as another.
 * @throws InputError naming each setting that a run keeps, with both values, and what sets it
 */
export function requireSameRun(run: string, loaded: LoadedConfig, changes: readonly SettingChange[]): void {
  const lines = changes
    .filter(({ path }) => KEPT.test(path))
    .map(
      ({ path, from, to }) =>
        `${run} was made with ${path} ${show(from)}, and ${originOf(loaded, path) ?? 'the configuration'} gives ${show(to)}; a run keeps it to its end: leave it out, or begin a new run in another folder.`,
    );
  if (lines.length) throw new InputError(lines.join('\n'));
}
