import { type Stats, existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { InputError, withinSeconds } from '../errors';
import { filePattern, isPattern } from './file-pattern';
import { type CorpusFormat, namedFormat } from './formats/format';
import { spool } from './spool';

/** The files of a corpus, and those that lie beside them. */
export interface CorpusFiles {
  readonly files: readonly CorpusFile[];
  /** Files of the folder that are no data, by their paths within it. */
  readonly passedOver: readonly string[];
  /** Files of the folder that belong to other splits than training. */
  readonly otherSplits: readonly string[];
}

/** A file, and how it is read. */
export interface CorpusFile {
  readonly path: string;
  readonly size: number;
  readonly format: CorpusFormat;
  /** Its extension says nothing, so it is taken for plain text. */
  readonly isGuess: boolean;
}

/** Files that lie beside data and describe it, or a program's. */
const BESIDE =
  /^(readme|licen[cs]e|copying|notice|authors|citation|changelog|contributing|requirements)\b|^(dataset_infos?|dataset_dict|state|config|tokenizer|tokenizer_config|package|package-lock|tsconfig)\.json$/i;

/** Texts that are read only where a folder holds nothing that is made to be data. */
const WRITING = /(^|\/)[^.]+$|\.(md|markdown|rst|tex|log|org|adoc)$/i;

const word = (words: string) => new RegExp(`(^|[^a-z0-9])(${words})(?![a-z])`, 'i');

/** Names of splits as the hub's data sets have them. */
const TRAIN = word('train|training');
const OTHER = word('test|testing|eval|evaluation|validation|valid|val|dev');

/** A file below a folder, by its path within it. */
interface Found {
  readonly name: string;
  readonly size: number;
}

/** All files below a folder; links are followed, each folder is entered once, hidden ones are not. */
async function filesBelow(root: string): Promise<Found[]> {
  const entered = new Set<string>();
  const found: Found[] = [];
  const enter = async (folder: string): Promise<void> => {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of (await readdir(folder)).sort()) {
      if (name.startsWith('.')) continue;
      const path = join(folder, name);
      // A link that leads nowhere is no file.
      const status: Stats | undefined = await stat(path).catch(() => undefined);
      if (status?.isDirectory()) await enter(path);
      else if (status?.isFile()) found.push({ name: relative(root, path), size: status.size });
    }
  };
  await enter(root);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Which files of a folder are data: those of a data format, else texts of other kinds. */
function dataOf(found: readonly Found[], format?: CorpusFormat): Found[] {
  const candidates = found.filter(({ name }) => !BESIDE.test(basename(name)));
  const [data, writing] = [
    candidates.filter(({ name }) => namedFormat(name).format),
    candidates.filter(({ name }) => WRITING.test(name)),
  ];
  if (!format) return data.length ? data : writing;
  const same = data.filter(({ name }) => namedFormat(name).format === format);
  // A format that is set reads files whose names say nothing, or another.
  return same.length ? same : candidates.filter(({ name }) => format === 'text' || !namedFormat(name).refusal);
}

/** The training files, where a folder holds other splits too. */
function trainingOf(data: readonly Found[]): { train: readonly Found[]; others: readonly Found[] } {
  const isOther = ({ name }: Found) => !TRAIN.test(name) && OTHER.test(name);
  const others = data.filter(isOther);
  const isSplit = others.length > 0 && data.some(({ name }) => TRAIN.test(name));
  return isSplit ? { train: data.filter((one) => !isOther(one)), others } : { train: data, others: [] };
}

async function filesOfFolder(path: string, format?: CorpusFormat): Promise<CorpusFiles> {
  const found = await filesBelow(path);
  const data = dataOf(found, format);
  const { train, others } = trainingOf(data);
  const passedOver = found.filter((one) => !data.includes(one)).map(({ name }) => name);
  if (!data.length)
    throw new InputError(
      found.length
        ? `The corpus ${path} holds no data files; it has ${listed(passedOver)}. Give text, JSONL, JSON, CSV or Parquet, or set data.format.`
        : `The corpus ${path} is empty; it holds no text to train on.`,
    );
  return {
    files: train.map(({ name, size }) => fileOf(join(path, name), size, format)),
    passedOver,
    otherSplits: others.map(({ name }) => name),
  };
}

/** @throws InputError if the file is of a kind that is known to hold no text */
function fileOf(path: string, size: number, format?: CorpusFormat): CorpusFile {
  const named = namedFormat(path);
  if (!format && named.refusal) throw new InputError(`${path} is ${named.refusal}.`);
  return { path, size, format: format ?? named.format ?? 'text', isGuess: !format && !named.format };
}

/** Some names in a sentence, the first few of many. */
export function listed(names: readonly string[], most = 4): string {
  const more = names.length - most;
  return more > 1 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

/** Seconds for which names are compared with a pattern: each of its stars multiplies what there is to try. */
const PATTERN_SECONDS = 30;

/** The files that a pattern fits, whatever they are called. @throws InputError if there are none, or it takes more seconds */
async function filesOfPattern(
  pattern: string,
  format: CorpusFormat | undefined,
  seconds: number,
): Promise<CorpusFiles> {
  const { folder, fits } = filePattern(pattern);
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory();
  const below = isFolder ? await filesBelow(folder) : [];
  const found = withinSeconds(
    seconds,
    () => below.filter(({ name }) => fits(name)),
    () => `The pattern ${pattern} takes too long to compare with names; write it with fewer stars.`,
  );
  if (!found.length) throw new InputError(`No file fits ${pattern}.`);
  return {
    files: found.map(({ name, size }) => fileOf(join(folder, name), size, format)),
    passedOver: [],
    otherSplits: [],
  };
}

/** What is said of a corpus that does not exist. */
function refuseMissing(path: string): never {
  const isHubName = /^[\w.-]+\/[\w.-]+$/.test(path) && !existsSync(path.split('/')[0]!);
  // Imports of a configuration are seen from its file, so that a corpus might be thought to be, too.
  const place = isAbsolute(path) ? '' : ` in ${process.cwd()}, where this runs`;
  throw new InputError(
    `The corpus ${path} does not exist${place}; name a text, JSONL, JSON, CSV or Parquet file, or a folder of them.${
      isHubName ? ' Data sets of the Hugging Face hub are not fetched: download it and give its folder.' : ''
    }`,
  );
}

/**
 * The files of a path in the order of their names: itself, those of a folder and its sub-folders that are data, or those that a pattern
 * such as `texts/**\/*.jsonl` fits. What is piped (`-` for standard input) is copied first.
 * @param format read all of them so, whatever their extensions
 * @throws InputError if there are none, or the one named is of a kind that holds no text
 */
async function filesOf(path: string, format: CorpusFormat | undefined, seconds: number): Promise<CorpusFiles> {
  const found = path === '-' ? undefined : await stat(path).catch(() => undefined);
  if (path === '-' || (found && !found.isFile() && !found.isDirectory())) {
    const copy = await spool(path);
    return { files: [fileOf(copy, (await stat(copy)).size, format)], passedOver: [], otherSplits: [] };
  }
  if (!found) return isPattern(path) ? filesOfPattern(path, format, seconds) : refuseMissing(path);
  if (found.isDirectory()) return filesOfFolder(path.endsWith(sep) ? path.slice(0, -1) : path, format);
  return { files: [fileOf(path, found.size, format)], passedOver: [], otherSplits: [] };
}

/**
 * The files of a corpus: those of one path or several, in the order in which these are given.
 * @param format read all of them so, whatever their extensions
 * @param seconds for which names are compared with a pattern
 * @throws InputError if a path has none, names one of a kind that holds no text, or is a pattern that takes longer
 */
export async function corpusFiles(
  paths: string | readonly string[],
  format?: CorpusFormat,
  seconds = PATTERN_SECONDS,
): Promise<CorpusFiles> {
  const all: CorpusFiles[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths) all.push(await filesOf(path, format, seconds));
  return {
    files: all.flatMap(({ files }) => files),
    passedOver: all.flatMap(({ passedOver }) => passedOver),
    otherSplits: all.flatMap(({ otherSplits }) => otherSplits),
  };
}
