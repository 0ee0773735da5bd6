import { stripVTControlCharacters } from 'node:util';
import { type Colours, colours, showsColours } from './colours';

/** Where text goes; Node's streams are such. */
interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a terminal is made from; all of it by default from the process. */
export interface TerminalOptions {
  readonly stdout?: Sink;
  readonly stderr?: Sink;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `--no-color` was given. */
  readonly noColour?: boolean;
  /** `--json` was given: data are JSON. */
  readonly json?: boolean;
  /** `--quiet` was given: neither notes nor progress. */
  readonly quiet?: boolean;
  /** Milliseconds, for rates. */
  readonly now?: () => number;
}

/** The two streams of a command, each with one purpose. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether stderr is a terminal that redraws a line. */
  readonly redraws: boolean;
  /** Width of stderr now; terminals are resized. */
  readonly columns: number;
  /** Colours of stdout. */
  readonly colours: Colours;
  /** Colours of stderr. */
  readonly noteColours: Colours;
  readonly now: () => number;
  /** A result, as a line of stdout: JSON under `--json`, else text. */
  result(value: unknown, text: () => string): void;
  /** Something to know, as a line of stderr. */
  note(text: string): void;
  /** Something to heed; also under `--quiet`. */
  warn(text: string): void;
  /** Why a command failed; also under `--quiet`. */
  error(text: string): void;
  /** Draws the line that changes at the foot of stderr; an empty text removes it. Only where `redraws`. */
  status(text: string): void;
}

/** A text cut to a terminal's width, so that it stays one line; colours are dropped where it is cut. */
function fit(text: string, columns: number): string {
  const visible = stripVTControlCharacters(text);
  return visible.length < columns ? text : `${visible.slice(0, columns - 2)}…`;
}

/** The terminal of a command: data on stdout, all else on stderr. */
export function createTerminal(options: TerminalOptions = {}): Terminal {
  const { stdout = process.stdout, stderr = process.stderr, environment = process.env } = options;
  const { noColour, json = false, quiet = false, now = () => performance.now() } = options;
  const redraws = Boolean(stderr.isTTY) && environment['TERM'] !== 'dumb' && !quiet;
  const noteColours = colours(showsColours(Boolean(stderr.isTTY), environment, noColour));
  let standing = '';
  // On the same screen a line goes above the status: the status is wiped, the line written, the status drawn again.
  const line = (sink: Sink, text: string) => {
    const above = standing && sink.isTTY;
    if (above) stderr.write('\r\u001B[2K');
    sink.write(`${text}\n`);
    if (above) stderr.write(standing);
  };
  return {
    json,
    quiet,
    redraws,
    get columns() {
      return stderr.columns || 80;
    },
    colours: colours(showsColours(Boolean(stdout.isTTY), environment, noColour)),
    noteColours,
    now,
    result: (value, text) => line(stdout, json ? JSON.stringify(value) : text()),
    note(text) {
      if (!quiet) line(stderr, text);
    },
    warn: (text) => line(stderr, `${noteColours.yellow('warning:')} ${text}`),
    error: (text) => line(stderr, `${noteColours.red('error:')} ${text}`),
    status(text) {
      if (!redraws) return;
      if (standing || text) stderr.write('\r\u001B[2K');
      standing = fit(text, stderr.columns || 80);
      if (standing) stderr.write(standing);
    },
  };
}

/** The terminal that a command line asks for by `--json`, `--quiet` and `--no-color`, wherever they stand in it. */
export function terminalFor(argv: readonly string[], options: TerminalOptions = {}): Terminal {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return createTerminal({
    ...options,
    json: flags.includes('--json'),
    quiet: flags.includes('--quiet') || flags.includes('-q'),
    noColour: flags.includes('--no-color'),
  });
}
