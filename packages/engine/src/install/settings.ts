import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { InputError } from '../errors';

/** How the user reaches a Python package index. */
export interface IndexSettings {
  /** Address of a PEP 503 or 691 index; absent where the user has set none. */
  readonly indexUrl?: string;
  /** File of certificates to trust beside Node's own. */
  readonly certificate?: string;
  /** Address of a proxy for both schemes; its own scheme may be left out. Absent: the usual variables hold. */
  readonly proxy?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where pip keeps its settings, the most specific first. */
export function pipConfigFiles(environment: Environment = process.env): string[] {
  const config = environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return [
    environment['PIP_CONFIG_FILE'],
    environment['VIRTUAL_ENV'] && join(environment['VIRTUAL_ENV'], 'pip.conf'),
    process.platform === 'darwin' && join(homedir(), 'Library', 'Application Support', 'pip', 'pip.conf'),
    join(config, 'pip', 'pip.conf'),
    join(homedir(), '.pip', 'pip.conf'),
    join('/etc', 'xdg', 'pip', 'pip.conf'),
    join('/etc', 'pip.conf'),
  ].filter((file): file is string => Boolean(file));
}

/**
 * Keys of the sections of a pip.conf that concern downloads; `download` overrides `global`. The format is Python's own: unlike in
 * other .ini files a colon may stand for the equals sign, and what follows # in a value, as in addresses, is part of it.
 */
function parsePipConfig(text: string): Record<string, string> {
  const sections: Record<string, Record<string, string>> = { global: {}, download: {} };
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[(.+)\]\s*$/.exec(line);
    const pair = /^([\w-]+)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (header) section = header[1]!;
    else if (pair) Object.assign(sections[section] ?? {}, { [pair[1]!.replaceAll('_', '-')]: pair[2]! });
  }
  return { ...sections['global'], ...sections['download'] };
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** What a uv.toml says of indexes. Source: uv's reference of settings, `index`, `index-url` and `pip.index-url`. */
interface UvSettings {
  readonly index?: readonly { readonly url?: string; readonly default?: boolean; readonly explicit?: boolean }[];
  readonly 'index-url'?: string;
  readonly pip?: { readonly 'index-url'?: string };
}

/**
 * The index that a uv.toml names: of its `[[index]]` tables the default one, else the first that is for all packages.
 * @throws InputError for a file that is no TOML
 */
function uvIndex(file: string): string | undefined {
  let settings: UvSettings;
  try {
    settings = parse(read(file));
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new InputError(`uv's settings cannot be read: ${file} is no TOML (${reason}); mend it, or move it away.`);
  }
  const { index = [], pip } = settings;
  const listed = index.find((one) => one.default) ?? index.find((one) => !one.explicit);
  return listed?.url ?? settings['index-url'] ?? pip?.['index-url'];
}

/**
 * The index, certificate and proxy of the user's settings: environment variables of pip and uv first, then their files.
 * @param files pip's configuration files, the most specific first
 * @throws InputError if uv's file is asked and is no TOML
 */
export function indexSettings(
  environment: Environment = process.env,
  files: readonly string[] = pipConfigFiles(environment),
): IndexSettings {
  const pip = Object.assign({}, ...files.map((file) => parsePipConfig(read(file))).reverse()) as Record<string, string>;
  const uv = join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'uv', 'uv.toml');
  return {
    indexUrl:
      environment['PIP_INDEX_URL'] ||
      environment['UV_DEFAULT_INDEX'] ||
      environment['UV_INDEX_URL'] ||
      pip['index-url'] ||
      uvIndex(environment['UV_CONFIG_FILE'] || uv),
    certificate: environment['PIP_CERT'] || pip['cert'] || environment['SSL_CERT_FILE'],
    proxy: environment['PIP_PROXY'] || pip['proxy'],
  };
}
