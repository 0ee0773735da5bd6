import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@idlm/core-diffusion';
import { requireRead } from '@idlm/recipe/config';
import {
  type Limits,
  type ModelSource,
  type SavedModelOptions,
  type ServerLog,
  type TextServer,
  LIMITS,
  createServer,
  listen,
  savedModel,
} from '@idlm/serve';
import { shellFolder } from '@idlm/page';
import { destination, pino } from 'pino';
import { type PairRole, pairFolder } from '../assets';
import { pulledModel } from '../flags/hub-names';
import type { Interrupts, Terminal } from '../terminal';
import type { ConfigOptions } from '../flags/config-flags';
import { blockingNote } from '../sentences/serving';
import { numberOf, portNumber, readLoadedConfig, wholeNumber } from './shared';

/** Options of `idlm serve`, as texts of the command line. */
export interface ServeOptions extends ConfigOptions {
  readonly model: readonly string[];
  readonly preload?: boolean;
  readonly host: string;
  readonly port: string;
  readonly tokenEnv?: string;
  readonly origin: readonly string[];
  readonly maxTexts: string;
  readonly maxSteps: string;
  readonly maxLength?: string;
  readonly maxTokens: string;
  readonly maxSeconds: string;
  readonly maxBody: string;
  readonly maxAtOnce: string;
  readonly maxQueue: string;
  readonly maxMemory: string;
  readonly batchDelay: string;
  readonly drain: string;
  /** A folder that `idlm page` has written; true for the page without models of its own. */
  readonly page?: string | true;
}

const PAIR: readonly string[] = ['student', 'teacher'] satisfies readonly PairRole[];

const isOfPair = (name: string): name is PairRole => PAIR.includes(name) && !existsSync(name);

/** A model of the command line: what it is called, where that is said, and where it is. */
function namedModel(text: string): { readonly id?: string; readonly path: string } {
  const [, id, path] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? [];
  return id === undefined || existsSync(text) ? { path: text } : { id, path: path! };
}

/** @throws InputError naming the flag of what is no such number */
function limitsOf(options: ServeOptions): Partial<Limits> {
  const { maxTexts, maxSteps, maxLength, maxTokens, maxSeconds, maxBody, maxAtOnce, maxQueue, maxMemory } = options;
  return {
    rows: wholeNumber('--max-texts', maxTexts),
    steps: wholeNumber('--max-steps', maxSteps),
    length: maxLength === undefined ? LIMITS.length : wholeNumber('--max-length', maxLength),
    tokens: wholeNumber('--max-tokens', maxTokens),
    seconds: numberOf('--max-seconds', maxSeconds, 0.001),
    bodyBytes: 1024 * wholeNumber('--max-body', maxBody),
    rowsUnderWay: wholeNumber('--max-at-once', maxAtOnce),
    queuedRows: wholeNumber('--max-queue', maxQueue),
    modelBytes: 1e6 * wholeNumber('--max-memory', maxMemory),
    batchDelay: numberOf('--batch-delay', options.batchDelay, 0),
  };
}

/** The token that clients have to bring. @throws InputError where a variable is named that is not set */
function tokenOf({ tokenEnv }: ServeOptions): string | undefined {
  const token = process.env[tokenEnv ?? 'IDLM_TOKEN'];
  if (tokenEnv !== undefined && !token)
    throw new InputError(
      `--token-env names ${tokenEnv}, which is not set; set it to the token that clients have to bring.`,
    );
  return token || undefined;
}

/** The models of the command line, of which all but the weights is read. @throws InputError for what is none */
async function modelsOf(
  options: ServeOptions,
  log: ServerLog,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ModelSource[]> {
  const loaded = await readLoadedConfig(options);
  requireRead(loaded, 'serve');
  const models: ModelSource[] = [];
  for (const given of options.model.length ? options.model : PAIR) {
    const { id, path } = namedModel(given);
    const place = isOfPair(path) ? pairFolder(path) : await pulledModel(path, terminal, signal);
    // A model of the Hub is called as it is there, and lies in a folder of another name.
    const name = id ?? (isOfPair(path) || place !== path ? path : undefined);
    const onOpen: SavedModelOptions['onOpen'] = ({ id: model, runtime, isBlocking }) => {
      log.info({ model, runtime }, 'opened a model');
      if (isBlocking) log.warn({ model }, blockingNote(runtime));
    };
    models.push(await savedModel(place, { id: name, loaded, onOpen }));
  }
  return models;
}

/** The folder of the page that browsers get. @throws InputError for a folder without one */
function pageOf({ page }: ServeOptions): string | undefined {
  if (page === true) return shellFolder();
  if (page === undefined || existsSync(join(page, 'index.html'))) return page;
  throw new InputError(`${page} holds no page; write one with "idlm page ${page}", or leave the folder of --page out.`);
}

/** Resolves at the first signal to end. A second one ends the process, as without us. */
const toldToEnd = (): Promise<string> =>
  new Promise((resolve) => ['SIGTERM', 'SIGINT'].forEach((name) => process.once(name, () => resolve(name))));

/** Listens until it is told to end; what is under way may end then. */
async function serve(server: TextServer, options: ServeOptions, terminal: Terminal, log: ServerLog): Promise<void> {
  const { host, port, drain } = options;
  const seconds = numberOf('--drain', drain, 0);
  const ending = toldToEnd();
  const listening = await listen(server, { host, port: portNumber('--port', port) });
  terminal.result({ url: listening.url }, () => listening.url);
  log.info({ signal: await ending }, 'ending: what is under way may finish');
  await listening.close(seconds);
  log.info({}, 'ended');
}

/**
 * `idlm serve`: its address as the first line of stdout, its log as lines of JSON on stderr. SIGTERM lets what is under way end.
 * @throws InputError for models that there are not, numbers that are none, and where it cannot listen
 */
export async function serveCommand(options: ServeOptions, terminal: Terminal, { signal }: Interrupts): Promise<void> {
  const log = pino({ level: terminal.quiet ? 'warn' : 'info', base: null }, destination({ fd: 2, sync: true }));
  const [limits, token] = [limitsOf(options), tokenOf(options)];
  const models = await modelsOf(options, log, terminal, signal);
  const server = createServer({ models, limits, token, origins: options.origin, page: pageOf(options), log });
  try {
    if (options.preload) for (const { id } of models) await server.preload(id);
    await serve(server, options, terminal, log);
  } finally {
    await server.dispose();
  }
}
