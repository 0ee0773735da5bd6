import { InputError, type Spec } from '@idlm/core-diffusion';
import type { Tokenizer } from '@idlm/data';
import type { Engine } from '@idlm/engine';
import type { Config, LoadedConfig } from '../config';
import { type Baseline, loadBaseline } from './baseline';
import { ROLES, type Role, fitContestant, loadContestant } from './contestants';
import { type PreparedCorpus, prepareCorpus } from './corpus';
import type { Contestant } from './evaluate';
import { countFirstTokens } from './first-token';
import { modelTokenizer } from './model-files';
import { modelFolder } from '@idlm/denoiser/node';

/** Model folders by role: those that write, and the judge. */
export type Folders = Readonly<Partial<Record<Role | 'baseline' | 'scorer', string>>>;

/** What takes part in an evaluation. */
export interface FieldRequest {
  readonly loaded: LoadedConfig;
  readonly folders: Folders;
  /** Families that models are to be sampled as, by role, instead of what configuration and folder say. */
  readonly families?: Readonly<Partial<Record<string, Spec>>>;
}

/** The models of an evaluation, with the text that they are measured on. */
export interface Field {
  /** With the family of the first diffusion model. */
  readonly config: Config;
  readonly engine: Engine;
  readonly corpus: PreparedCorpus;
  /** Model folders by role. */
  readonly paths: Folders;
  readonly contestants: readonly Contestant[];
  readonly baseline?: Baseline;
}

/** The configuration for a role's model. */
function loadedFor({ loaded, families = {} }: FieldRequest, role: Role): LoadedConfig {
  const { name, options = {} } = families[role] ?? {};
  if (name === undefined) return loaded;
  return { config: { ...loaded.config, family: { name, options } }, origins: { family: 'the manifest' } };
}

async function loadContestants(request: FieldRequest, paths: Folders, tokenizer: Tokenizer): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const role of ROLES) {
    const path = paths[role];
    if (path) contestants.push(await loadContestant(role, path, loadedFor(request, role), tokenizer));
  }
  return contestants;
}

/** A tokenizer in the vocabulary of the first diffusion model, if there is one. */
async function textTokenizer(request: FieldRequest, paths: Folders, tokenizer: Tokenizer): Promise<Tokenizer> {
  const role = ROLES.find((one) => paths[one]);
  if (!role) return tokenizer;
  const fitted = await fitContestant(paths[role]!, loadedFor(request, role), tokenizer);
  return fitted.tokenizer;
}

const withFamilyOf = (config: Config, contestant?: Contestant): Config => {
  const { name, options = {} } = contestant?.family.spec ?? config.family;
  return { ...config, family: { name, options } };
};

/**
 * Loads the models of an evaluation; the first one's tokenizer is that of the text.
 * @param open what computes
 * @throws InputError if there is none that writes, or one does not fit the others
 */
export async function loadField(request: FieldRequest, open: () => Promise<Engine>): Promise<Field> {
  const { loaded, folders } = request;
  const found = Object.entries(folders).map(async ([role, path]) => [role, await modelFolder(path)] as const);
  const paths: Folders = Object.fromEntries(await Promise.all(found));
  const writing = paths.teacher ?? paths.student ?? paths.baseline;
  if (!writing) throw new InputError('Nothing to evaluate: give --teacher, --student, --baseline, or several of them.');
  const own = await modelTokenizer(writing, loaded);
  const tokenizer = await textTokenizer(request, paths, own);
  const corpus = await prepareCorpus(loaded.config, tokenizer);
  const engine = await open();
  const contestants = await loadContestants(request, paths, own);
  const count = ({ length, vocabSize }: Baseline['network']) => countFirstTokens(corpus, length, vocabSize);
  const baseline = paths.baseline ? await loadBaseline(paths.baseline, tokenizer, count) : undefined;
  return { config: withFamilyOf(loaded.config, contestants[0]), engine, corpus, paths, contestants, baseline };
}
