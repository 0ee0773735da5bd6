import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import type { EngineName } from '@idlm/engine';
import {
  type ResultDifference,
  type ResultInputs,
  type ResultManifest,
  compareBounds,
  compareInputs,
  compareJudges,
  compareRealText,
  compareCells,
  compareVersions,
  parseManifest,
} from '@idlm/evaluation';
import { type LoadedConfig, configSchema, importModules, openConfigured, seenFromHere } from '@idlm/recipe/config';
import { evaluateModels, findCorpus, findModels } from '@idlm/recipe/evaluation';
import { EVALUATION_FILES, changedImports, findImports } from '@idlm/recipe/records';
import { tellEvents } from '../sentences/events';
import { EXIT, type Terminal, terminalReporter } from '../terminal';
import { type PublishedOptions, reproducePublished } from './reproduce-published';
import { numberOf } from './shared';

/** Options of `idlm reproduce`. */
export interface ReproduceOptions {
  readonly tolerance?: string;
  readonly engine?: EngineName | 'auto';
  /** Modules to load first, in place of those of the same name that the evaluation was computed with. */
  readonly import?: readonly string[];
}

/** What is chosen anew where an evaluation is run again. */
interface Again {
  readonly engine: ReproduceOptions['engine'];
  readonly imports: readonly string[];
}

const describe = ({ where, before, now }: ResultDifference): string => `${where}: ${before} before, ${now} now`;

/** A hash as it is shown. */
const brief = (hash: number | string): string => String(hash).slice(0, 12);

/** The file that a path means: itself, or the manifest in a folder. */
async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? join(path, EVALUATION_FILES.manifest) : path;
}

async function readManifest(path: string): Promise<ResultManifest> {
  const text = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    const problem = code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`;
    throw new InputError(`${path} ${problem}; name the manifest.json of an evaluation.`);
  });
  return parseManifest(text, path);
}

/** Loads what an evaluation was computed with, where that lies now. @returns it as imports */
async function importAgain({ imports = [] }: ResultManifest, folder: string, given: readonly string[] = []) {
  const all = [...findImports(imports, folder, given), ...given.map((one) => seenFromHere(one, '.'))];
  await importModules(all);
  return all;
}

/** The configuration of a manifest, with its text where it lies now; all of it counts as set. */
function configOf(before: ResultManifest, path: string, { engine, imports }: Again): LoadedConfig {
  const parsed = configSchema.safeParse(before.config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${path} has a configuration that this version of idlm does not read (${issue!.path.join('.')}: ${issue!.message}).`,
    );
  }
  const { data, engine: own, ...config } = parsed.data;
  const corpus = findCorpus(data.corpus, before, dirname(path));
  return {
    config: {
      ...config,
      imports: [...imports],
      data: { ...data, corpus },
      engine: { ...own, name: engine ?? own.name },
    },
    origins: Object.fromEntries(Object.keys(data).map((field) => [`data.${field}`, path])),
  };
}

/** Warns of inputs whose hashes differ. */
const warnOfInputs = (found: readonly ResultDifference[], terminal: Terminal): void =>
  found.forEach(({ where, before, now }) =>
    terminal.warn(
      `other input: ${where} (sha256 ${brief(before)}… before, ${brief(now)}… now); other numbers are no surprise`,
    ),
  );

/** Says before anything is sampled what the numbers will follow from that is not as it was. */
function sayWhatDiffers(
  before: ResultManifest,
  now: ResultInputs & Pick<ResultManifest, 'engine' | 'versions'>,
  imports: readonly string[],
  terminal: Terminal,
): void {
  const modules = changedImports(before.imports ?? [], imports).map(({ path, from, to }) => ({
    where: path,
    before: String(from),
    now: String(to),
  }));
  warnOfInputs([...compareInputs(before, now), ...modules], terminal);
  compareVersions(before, now).forEach((difference) => terminal.note(`Computed otherwise: ${describe(difference)}.`));
}

const isSameEngine = ({ engine: a }: ResultManifest, { engine: b }: ResultManifest): boolean =>
  a.name === b.name && a.version === b.version;

/** Flags of published rows alone. */
const OF_PUBLISHED = ['model', 'scorer', 'corpus', 'samples', 'tokenizer', 'seed', 'out'] as const;

/** @throws InputError unless either a manifest or a published row is named, with flags that go with it */
function requireOne(path: string | undefined, options: ReproduceOptions & Partial<PublishedOptions>): void {
  const { published, tolerance, import: imports = [] } = options;
  if (path === undefined && published === undefined)
    throw new InputError('Name the manifest.json of an evaluation, or a published row (--published idlm-mdlm).');
  if (path !== undefined && published !== undefined)
    throw new InputError(`A manifest (${path}) and a published row (${published}) are named; name one of them.`);
  const flags = OF_PUBLISHED.filter((flag) => options[flag] !== undefined);
  if (path !== undefined && flags.length)
    throw new InputError(`--${flags[0]} is for a published row; a manifest says all of it, so leave it out.`);
  if (published !== undefined && (tolerance !== undefined || imports.length))
    throw new InputError(`--${tolerance === undefined ? 'import' : 'tolerance'} is for a manifest; leave it out.`);
}

/** `idlm reproduce`, of a manifest or a published row. */
export async function reproduceCommand(
  path: string | undefined,
  options: ReproduceOptions & Partial<PublishedOptions>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  requireOne(path, options);
  const { published } = options;
  if (path !== undefined) return reproduce(path, options, terminal, signal);
  return reproducePublished({ ...options, published: published! }, terminal, signal);
}

/** `idlm reproduce`: runs a manifest's evaluation again and compares every number. */
async function reproduce(
  path: string,
  options: ReproduceOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const asked = options.tolerance === undefined ? undefined : numberOf('--tolerance', options.tolerance, 0);
  const file = await fileOf(path);
  const before = await readManifest(file);
  const imports = await importAgain(before, dirname(file), options.import);
  const loaded = configOf(before, file, { engine: options.engine, imports });
  const told = tellEvents({ terminal, reporter: terminalReporter(terminal) });
  const { manifest: now } = await evaluateModels({
    loaded,
    open: (networks) => openConfigured(loaded, networks),
    given: await findModels(before, dirname(file)),
    families: Object.fromEntries(Object.entries(before.models).map(([role, { family }]) => [role, family])),
    folder: dirname(file),
    onEvent(event) {
      told(event);
      if (event.kind === 'inputs') sayWhatDiffers(before, event.inputs, imports, terminal);
    },
    signal,
  });
  warnOfInputs(compareJudges(before, now), terminal);
  const tolerance = asked ?? (isSameEngine(before, now) ? 0 : 0.05);
  const differences = [
    ...compareCells(before.rows, now.rows, tolerance),
    ...compareRealText(before.realText, now.realText, tolerance),
    ...compareBounds(before.bounds, now.bounds, tolerance),
  ];
  differences.forEach((difference) => terminal.note(describe(difference)));
  const verdict = differences.length
    ? `${differences.length} numbers differ by more than ${tolerance}`
    : `all numbers of ${before.rows.length} rows are reproduced (tolerance ${tolerance})`;
  terminal.result({ reproduced: !differences.length, tolerance, differences }, () => verdict);
  if (differences.length) process.exitCode = EXIT.fault;
}
