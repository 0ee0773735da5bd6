import { basename, dirname, resolve, sep } from 'node:path';
import { InputError } from '@idlm/core-diffusion';

/** A path without the name of a record, where its folder says as much. */
const folderOf = (path: string): string =>
  ['report.json', 'manifest.json', 'sweep.json'].includes(basename(path)) ? dirname(path) : path;

/** The last few parts of a path. */
const ending = (path: string, parts: number): string => path.split(sep).slice(-parts).join('/');

const isUnique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/**
 * The shortest endings of paths by which all are told apart.
 * @throws InputError where one is named twice
 */
export function shortNames(paths: readonly string[]): string[] {
  const whole = paths.map((path) => resolve(path));
  const twice = paths.find((_, i) => whole.indexOf(whole[i]!) < i);
  if (twice !== undefined) throw new InputError(`${twice} is named twice; name each run once.`);
  const folders = whole.map(folderOf);
  const named = isUnique(folders) ? folders : whole;
  for (let parts = 1; ; parts++) {
    const names = named.map((path) => ending(path, parts));
    if (isUnique(names)) return names;
  }
}
