import { InputError, listed } from '@idlm/core-diffusion/errors';
import { hasSecondNetwork } from './objective';
import { isWithin } from './fields';
import type { LoadedConfig } from './load';
import { isCommanded } from './overrides';
import { CONFIGURED, type ConfiguredCommand, isRead } from './reads';
import type { Config } from './schema';

/** Fields among those of a command that it reads only in some circumstances. */
export interface PartlyRead {
  readonly fields: readonly string[];
  readonly isRead: boolean;
  /** Why they are not read where they are not, as a clause: `no student is given`. */
  readonly otherwise: string;
}

/** What distillation reads or not, by other settings of it. */
function ofDistillation(config: Config): PartlyRead[] {
  const { distillation, logs } = config;
  const { guard, objective } = distillation;
  const areSamplesLogged = logs.samplesEvery !== null;
  return [
    {
      fields: ['evaluation.compareAt', 'evaluation.teacherSteps'],
      isRead: guard !== null,
      otherwise: 'the guard alone samples the teacher, and distillation.guard is null',
    },
    {
      fields: ['sampling'],
      isRead: areSamplesLogged || guard !== null,
      otherwise: 'nothing is sampled, since logs.samplesEvery and distillation.guard are null',
    },
    {
      fields: ['sampling.steps'],
      isRead: areSamplesLogged,
      otherwise: 'logs.samplesEvery is null; the steps of a check are distillation.guard.steps',
    },
    {
      fields: ['distillation.fake', 'distillation.fakeUpdates'],
      isRead: hasSecondNetwork(config),
      otherwise: `the objective ${objective.name} trains no second network`,
    },
  ];
}

const ALL_UPDATES = 'what is compared is trained for all of its updates';

/** What each command reads or not, by other settings. */
const BY_SETTINGS: Readonly<Partial<Record<ConfiguredCommand, (config: Config) => readonly PartlyRead[]>>> = {
  train: ({ logs }) => [
    {
      fields: ['sampling'],
      isRead: logs.samplesEvery !== null,
      otherwise: 'nothing is sampled, since logs.samplesEvery is null',
    },
  ],
  distill: ofDistillation,
  compare: ({ teacher, distillation }) => [
    { fields: ['teacher.validation'], isRead: teacher.validation === null, otherwise: ALL_UPDATES },
    { fields: ['distillation.guard'], isRead: distillation.guard === null, otherwise: ALL_UPDATES },
  ],
};

/** The rule of a nucleus that drops nothing. */
const ofNucleus = ({ sampling }: Config): PartlyRead => ({
  fields: ['sampling.nucleusRule'],
  isRead: sampling.nucleus < 1,
  otherwise: 'sampling.nucleus is 1 and drops no token',
});

/** Why a given setting would change nothing, and what to do; undefined where it is read. */
function refusal(path: string, command: ConfiguredCommand): string | undefined {
  if (isRead(command, path)) return undefined;
  const readers = CONFIGURED.filter((one) => isRead(one, path)).map((one) => `"idlm ${one}"`);
  return `"idlm ${command}" does not read it; leave it out. It is for ${listed(readers)}.`;
}

/** The same for what is read in other circumstances. */
function partialRefusal(path: string, partly: readonly PartlyRead[]): string | undefined {
  const unread = partly.find((one) => !one.isRead && one.fields.some((field) => isWithin(path, field)));
  return unread && `it would change nothing here: ${unread.otherwise}; leave it out.`;
}

/** A line for each setting of the command line that something is said against. */
const objections = ({ origins }: Pick<LoadedConfig, 'origins'>, against: (path: string) => string | undefined) =>
  Object.entries(origins)
    .filter(([, origin]) => isCommanded(origin))
    .flatMap(([path, origin]) => {
      const sentence = against(path);
      return sentence === undefined ? [] : [`${origin === '--set' ? `--set ${path}` : origin}: ${sentence}`];
    });

/** @throws InputError with these lines, if there are any */
function refuse(lines: readonly string[]): void {
  if (lines.length) throw new InputError(lines.join('\n'));
}

/**
 * What is to be said of settings of the command line that would change nothing in the circumstances at hand, where they are no
 * mistake: those for two models, say, when one is given.
 */
export const idleSettings = (loaded: Pick<LoadedConfig, 'origins'>, partly: readonly PartlyRead[]): string[] =>
  objections(loaded, (path) => partialRefusal(path, partly));

/**
 * Refuses settings of the command line that would change nothing in the circumstances at hand.
 * @throws InputError with one line for each, naming it and why
 */
export const requireUsed = (loaded: Pick<LoadedConfig, 'origins'>, partly: readonly PartlyRead[]): void =>
  refuse(idleSettings(loaded, partly));

/**
 * Refuses settings of the command line that the command does not read, or not with other settings as they are. What files set is
 * meant for several commands.
 * @param partly what it does not read in the circumstances at hand, beside that
 * @throws InputError with one line for each, naming it and why
 */
export function requireRead(
  loaded: LoadedConfig,
  command: ConfiguredCommand,
  partly: readonly PartlyRead[] = [],
): void {
  const { config } = loaded;
  const all = [...partly, ...(BY_SETTINGS[command]?.(config) ?? []), ofNucleus(config)];
  refuse(objections(loaded, (path) => refusal(path, command) ?? partialRefusal(path, all)));
}
