import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { importedModules } from '../imports/modules';
import { fileImport, isFile } from '../imports/specifier';
import type { ImportRecord } from './places';
import type { SettingChange } from './run-settings';

/** The imports of a configuration, for records in a folder. */
export const importRecords = (imports: readonly string[], folder: string): ImportRecord[] =>
  importedModules(imports).map(({ specifier, path, sha256 }) => ({
    specifier,
    sha256,
    ...(isFile(specifier) ? { place: { absolute: path, fromRun: relative(resolve(folder), path) } } : {}),
  }));

/** Whether two imports are of one name: the same package, or files of one name. */
const isNamedAlike = (a: string, b: string): boolean =>
  a === b || (isFile(a) && isFile(b) && basename(a) === basename(b));

/** Where a recorded import lies now. @throws InputError if it is neither where it lay nor beside the folder as it was */
function findImport({ specifier, place }: ImportRecord, folder: string): string {
  if (!place) return specifier;
  const found = [place.absolute, join(resolve(folder), place.fromRun)].find((path) => existsSync(path));
  if (found !== undefined) return fileImport(found);
  throw new InputError(
    `${folder} was made with the import ${place.absolute}, which is not there any more; put it back, or say where it is with --import.`,
  );
}

/**
 * The imports of a record, where they lie now.
 * @param folder folder of the record
 * @param given imports of the command line; one of the same name stands in for a recorded one
 * @throws InputError if one is nowhere, saying how to name it
 */
export const findImports = (
  records: readonly ImportRecord[],
  folder: string,
  given: readonly string[] = [],
): string[] =>
  records
    .filter(({ specifier }) => !given.some((one) => isNamedAlike(one, specifier)))
    .map((record) => findImport(record, folder));

/** In what the imports of a configuration are others than those of a record: sha256 of each, null where there was none. */
export function changedImports(before: readonly ImportRecord[], now: readonly string[]): SettingChange[] {
  return importedModules(now).flatMap(({ specifier, sha256 }): SettingChange[] => {
    const own = before.find((one) => isNamedAlike(one.specifier, specifier));
    return own?.sha256 === sha256 ? [] : [{ path: `imports.${specifier}`, from: own?.sha256 ?? null, to: sha256 }];
  });
}
