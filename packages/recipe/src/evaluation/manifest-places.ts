import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { findModel, hashWeights } from '@idlm/denoiser/node';
import type { ManifestModel, ResultManifest } from '@idlm/evaluation';
import { isOwnCorpus } from '../text/documents';

/** A folder and all above it. */
function upwards(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/**
 * Where a path of a manifest may lead now: as seen from the manifest, else where it led. Format 1 has the path alone, seen
 * from where the command ran, which is here or somewhere above the manifest.
 */
const candidates = (folder: string, seen: string, absolute?: string): string[] =>
  absolute === undefined
    ? ['.', ...upwards(resolve(folder))].map((from) => resolve(from, seen))
    : [resolve(folder, seen), absolute];

async function hasWeights(folder: string, weights: string): Promise<boolean> {
  try {
    return (await hashWeights(await findModel(folder))) === weights;
  } catch {
    return false;
  }
}

/** Where a model of a manifest lies now: the place that has its weights, else one that has any. */
async function findPlace(
  role: string,
  { folder: seen, absolute, weights }: ManifestModel,
  folder: string,
): Promise<string> {
  const places = [...new Set(candidates(folder, seen, absolute))].filter((path) => existsSync(path));
  if (places.length < 2 && places[0]) return places[0];
  for (const place of places) if (await hasWeights(place, weights)) return place;
  if (places[0]) return places[0];
  throw new InputError(
    `The ${role} was in ${absolute ?? seen}, and is neither there nor where it lay beside the manifest; put it back.`,
  );
}

/**
 * The folders of a manifest's models, by role, also after the manifest was moved together with them.
 * @param folder the manifest's folder
 * @throws InputError if one is nowhere
 */
export async function findModels({ models }: ResultManifest, folder: string): Promise<Record<string, string>> {
  const found = Object.entries(models).map(
    async ([role, model]) => [role, await findPlace(role, model, folder)] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

/**
 * Where the text of a manifest lies now.
 * @param corpus as it was named
 * @throws InputError if it is nowhere
 */
export function findCorpus(corpus: string, { text }: ResultManifest, folder: string): string {
  if (isOwnCorpus(corpus)) return corpus;
  const found = candidates(folder, text?.fromManifest ?? corpus, text?.absolute).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InputError(
    `The text was in ${text?.absolute ?? corpus}, and is neither there nor where it lay beside the manifest; put it back.`,
  );
}
