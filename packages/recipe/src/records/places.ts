import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { tokenizers } from '@idlm/data';
import { z } from 'zod';
import type { Config } from '../config/schema';
import { GIVEN_TEXT, isOwnCorpus } from '../text/documents';

/** Where a file or folder lay that a run was made from, in two ways, so that it is found after either was moved. */
export const placeSchema = z.object({ absolute: z.string(), fromRun: z.string() });

/** Where a file or folder lay that a run was made from. */
export type Place = z.output<typeof placeSchema>;

/** A module that something was made with, as records hold it. */
export const importSchema = z.object({
  specifier: z.string(),
  /** Of the file that was loaded; not of what that imports. */
  sha256: z.string(),
  /** Where a file lay; packages are found by their names. */
  place: placeSchema.optional(),
});

/** A module that something was made with. */
export type ImportRecord = z.output<typeof importSchema>;

/** The fields of `data` that may name a file or folder. */
export const PLACED = ['corpus', 'tokenizer'] as const;

/** A field of `data` that may name a file or folder. */
export type PlacedField = (typeof PLACED)[number];

/** Where what the fields name lies; fields that name none are absent. */
export type Places = Readonly<Partial<Record<PlacedField, Place>>>;

/** Where a field of `data` says that something lies; undefined where it names something that is no file or folder. */
function pathIn(data: Config['data'], field: PlacedField): string | undefined {
  const value = data[field];
  if (typeof value !== 'string') return undefined;
  return (field === 'corpus' ? isOwnCorpus(value) || value === GIVEN_TEXT : tokenizers.find(value)) ? undefined : value;
}

/** The places of a run's corpus and tokenizer, for its records. */
export function placesOf(data: Config['data'], run: string): Places {
  return Object.fromEntries(
    PLACED.flatMap((field) => {
      const path = pathIn(data, field);
      const absolute = path === undefined ? undefined : resolve(path);
      return absolute === undefined ? [] : [[field, { absolute, fromRun: relative(resolve(run), absolute) }]];
    }),
  );
}

/**
 * Where what a field of a run's `data` names lies now: where it lay, or where it lies seen from the run.
 * @param data as it was set; a value is kept where it still leads there, or names no file
 * @throws InputError if it is nowhere, saying how to name it
 */
export function findPlace<Field extends PlacedField>(
  run: string,
  field: Field,
  data: Config['data'],
  place?: Place,
): Config['data'][Field] | string {
  const value = pathIn(data, field);
  if (value === undefined) return data[field];
  const places = place ? [place.absolute, join(resolve(run), place.fromRun)] : [resolve(value)];
  const found = places.find((path) => existsSync(path));
  if (found === undefined)
    throw new InputError(
      `${run} was made with data.${field} ${places[0]!}, which is not there any more; say where it is with --set data.${field}=….`,
    );
  return found === resolve(value) ? value : found;
}
