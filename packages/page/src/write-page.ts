import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, quoted } from '@idlm/core-diffusion/errors';
import { writeFileAtomically } from '@idlm/core-diffusion/node';
import type { PageFile, PageManifest, PageModel, PageModelFacts } from './manifest';
import { shellFolder } from './shell';

/** A model that a page is to hold. */
export interface PagedModel {
  /** What the page calls it: small letters, digits and hyphens. */
  readonly name: string;
  readonly facts: PageModelFacts;
  /** The bytes of an ONNX file as `exportOnnx` of `@idlm/onnx` writes it, its weights inside. */
  readonly network: Uint8Array;
  /** The files of its tokenizer, as `tokenizerFiles` of `@idlm/data` gives them. */
  readonly tokenizer: { readonly 'tokenizer.json': string; readonly 'tokenizer_config.json': string };
}

/** What a page is written from. */
export interface PageOptions {
  /** At least one, the first of which is chosen when the page opens. */
  readonly models: readonly PagedModel[];
  /** Name of the model that measures texts; one that does not read the noise level, of an absorbing family. */
  readonly judge?: string;
  /** The page's own files (default: those of this package). */
  readonly shell?: string;
}

/** The file of a page's contents, by which a folder is known to hold a page. */
const MANIFEST = 'page.json';

/** Where models lie. */
const MODELS = 'models';

const NAME = /^[a-z0-9][a-z0-9-]*$/;

/** @throws InputError for no models, names that are no names of files, and a judge that there is not */
function requireModels({ models, judge }: PageOptions): void {
  const names = models.map(({ name }) => name);
  if (!names.length) throw new InputError('A page holds at least one model; none was given.');
  const odd = names.find((name) => !NAME.test(name));
  if (odd !== undefined)
    throw new InputError(
      `A model of a page has a name of small letters, digits and hyphens; ${quoted(odd)} was given.`,
    );
  if (new Set(names).size < names.length)
    throw new InputError(`Models of a page have names of their own; ${names.join(', ')} were given.`);
  if (judge !== undefined && !names.includes(judge))
    throw new InputError(`The page has no model "${judge}" that could measure texts; it has ${names.join(', ')}.`);
}

/** Names in a folder; none where there is no folder. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** @throws InputError for a folder of something else */
async function requireTarget(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length && !names.includes(MANIFEST))
    throw new InputError(`${folder} holds files and no page; name a new folder, or that of an earlier page.`);
}

/** Writes a file under a name that tells what it holds, so that one that is kept never has to be asked for again. */
async function writeHashed(folder: string, name: string, ending: string, content: Uint8Array): Promise<PageFile> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = `${MODELS}/${name}-${sha256.slice(0, 16)}.${ending}`;
  await writeFileAtomically(join(folder, path), content);
  return { path, bytes: content.length, sha256 };
}

async function writeModel(folder: string, { name, facts, network, tokenizer }: PagedModel): Promise<PageModel> {
  const texts = new TextEncoder().encode(JSON.stringify(tokenizer));
  return {
    name,
    ...facts,
    network: await writeHashed(folder, name, 'onnx', network),
    tokenizer: await writeHashed(folder, 'tokenizer', 'json', texts),
  };
}

/** Deletes the models of an earlier page. */
async function removeOthers(folder: string, models: readonly PageModel[]): Promise<void> {
  const kept = models.flatMap(({ network, tokenizer }) => [network.path, tokenizer.path]);
  for (const name of await namesIn(join(folder, MODELS)))
    if (!kept.includes(`${MODELS}/${name}`)) await rm(join(folder, MODELS, name));
}

/**
 * Writes a page of static files, with models that run in the browser which opens it; any server of files can serve them, from any
 * path. A page that is there is brought up to date: one that is being read stays whole until the last file is written.
 * @param folder a new folder, or that of an earlier page
 * @returns what the page holds
 * @throws InputError for a folder of something else, names that are no names, or a page that was never built
 */
export async function writePage(folder: string, options: PageOptions): Promise<PageManifest> {
  requireModels(options);
  await requireTarget(folder);
  const { shell = shellFolder(), judge } = options;
  await mkdir(join(folder, MODELS), { recursive: true });
  const models: PageModel[] = [];
  for (const model of options.models) models.push(await writeModel(folder, model));
  for (const name of await readdir(shell))
    await writeFileAtomically(join(folder, name), await readFile(join(shell, name)));
  const manifest: PageManifest = { models, ...(judge === undefined ? {} : { judge }) };
  await writeFileAtomically(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
  await removeOthers(folder, models);
  return manifest;
}
