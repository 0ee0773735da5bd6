import { basename, dirname, isAbsolute } from 'node:path';
import type { Json } from '@idlm/core-diffusion';
import type { ManifestModel, ManifestText, ModelOrigin, ResultManifest } from '@idlm/evaluation';

/** Whether a text is a path out of this folder; of one part alone, such as /, it may be a mark that parts documents. */
const isPlace = (text: string): boolean =>
  /^\.\.[\\/]/.test(text) || (isAbsolute(text) && dirname(text) !== dirname(dirname(text)));

/** The name alone of a file or folder of another place; any other text as it is. */
const nameOf = (text: string): string => (isPlace(text) ? basename(text) : text);

/** Settings in which files and folders of other places have their names alone. */
function settingsWithout(value: Json): Json {
  if (typeof value === 'string') return nameOf(value);
  if (Array.isArray(value)) return value.map(settingsWithout);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settingsWithout(inner)]));
}

const originWithout = ({ text, settings, changes, ...origin }: ModelOrigin): ModelOrigin => ({
  ...origin,
  ...(text ? { text: { ...text, corpus: basename(text.corpus) } } : {}),
  settings: settingsWithout(settings),
  ...(changes === undefined ? {} : { changes: settingsWithout(changes) }),
});

const modelWithout = ({ folder, absolute: _, origin, ...model }: ManifestModel): ManifestModel => ({
  ...model,
  folder: basename(folder),
  ...(origin ? { origin: originWithout(origin) } : {}),
});

const textWithout = ({ absolute: _, fromManifest: __, corpus, ...text }: ManifestText): ManifestText => ({
  ...text,
  corpus: basename(corpus),
});

/** A folder and all above it, but for the root. */
const upwards = (folder: string): string[] => (dirname(folder) === folder ? [] : [folder, ...upwards(dirname(folder))]);

/** Sentences in which what lies at some places, or above them, is told by its name alone. */
function sentencesWithout(sentences: readonly string[], { models, text }: ResultManifest): string[] {
  const places = [...Object.values(models), text].flatMap((one) => (one?.absolute === undefined ? [] : [one.absolute]));
  // The longest first, of which the others are the beginning.
  const folders = places.flatMap((place) => upwards(dirname(place))).sort((a, b) => b.length - a.length);
  const beginnings = folders.flatMap((folder) => [`${folder}/`, `${folder}\\`]);
  return sentences.map((sentence) => beginnings.reduce((said, folder) => said.replaceAll(folder, ''), sentence));
}

/**
 * A manifest as it may be handed on with a model: what lay where on the machine that wrote it is nobody else's, so that models, texts and
 * modules have their names alone. Hashes say which they were.
 */
export function withoutPlaces(manifest: ResultManifest): ResultManifest {
  const { models, text, imports, config, notes } = manifest;
  return {
    ...manifest,
    models: Object.fromEntries(Object.entries(models).map(([role, model]) => [role, modelWithout(model)])),
    ...(text ? { text: textWithout(text) } : {}),
    ...(imports ? { imports: imports.map(({ specifier, sha256 }) => ({ specifier: nameOf(specifier), sha256 })) } : {}),
    config: settingsWithout(config),
    ...(notes ? { notes: sentencesWithout(notes, manifest) } : {}),
  };
}
