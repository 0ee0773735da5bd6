import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@idlm/core-diffusion';

/** A setting in which runs differ. */
export interface DifferingSetting {
  /** Dotted, such as `sampling.temperature`. */
  readonly setting: string;
  /** Its value in each run; undefined where a run has no such setting. */
  readonly values: readonly (Json | undefined)[];
}

type Section = Readonly<Record<string, Json>>;

const isSection = (value: Json | undefined): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings below a path. @param hasParent whether a run has the section that the path leads into */
function differingAt(
  path: string,
  values: readonly (Json | undefined)[],
  hasParent: readonly boolean[],
): DifferingSetting[] {
  const sections = values.filter(isSection);
  if (sections.length && values.every((value) => value === undefined || isSection(value))) {
    const names = [...new Set(sections.flatMap((section) => Object.keys(section)))];
    return names.flatMap((name) =>
      differingAt(
        path ? `${path}.${name}` : name,
        values.map((value) => (isSection(value) ? value[name] : undefined)),
        values.map(isSection),
      ),
    );
  }
  const compared = new Set(values.filter((_, i) => hasParent[i]).map((value) => JSON.stringify(value)));
  return compared.size > 1 ? [{ setting: path, values }] : [];
}

/** Whether a setting of a part, such as `models.teacher.family.name`, is that of the run with the same values. */
const isRepeated = (part: DifferingSetting, all: readonly DifferingSetting[]): boolean =>
  all.some(({ setting, values }) => part.setting.endsWith(`.${setting}`) && isDeepStrictEqual(values, part.values));

/**
 * The settings in which runs differ, down to lists. Of a section that a run does not have, such as that of a model that it is not
 * of, nothing is compared with it. What parts of a run repeat of its own settings is told once.
 */
export function differingSettings(runs: readonly Json[]): DifferingSetting[] {
  const all = differingAt(
    '',
    runs,
    runs.map(() => true),
  );
  return all.filter((one) => !isRepeated(one, all));
}

/** Hashes are told apart by their beginnings. */
const HASH = /^([0-9a-f]{12})[0-9a-f]{52}$/;

/** Longest value that a table shows whole. */
const LONGEST = 48;

/** A value as a table shows it: a dash where there is none, hashes and long ones cut. */
export function settingText(value: Json | undefined): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value.replace(HASH, '$1…') : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
