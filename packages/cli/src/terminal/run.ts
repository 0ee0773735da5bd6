import { EXIT, type Failure, failureOf } from './failure';
import type { Terminal } from './terminal';

/** Ctrl-C, what ends a job, and what a scheduler sends a while before it does. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

/** How a command is ended early. */
export interface Interrupts {
  /** Aborts at an interrupt that was deferred, and when nobody reads stdout any more, as `head`. */
  readonly signal: AbortSignal;
  /**
   * From now on there is something to save: the first interrupt lets the step end, the second ends the process. Before, the
   * first ends it: at once while it reads and compiles, and where it has locked a folder, at the next pause, so that the lock
   * goes too.
   */
  defer(): void;
  /** From now on all is saved: the next interrupt ends the process at once again. */
  release(): void;
  /** What was asked for is not done, but saved to go on with: the command ends as if it had been interrupted. */
  leave(): void;
}

/** A watch over interrupts and streams. */
interface Stop extends Interrupts {
  /** Whether the reader of stdout is gone: an end without a word. */
  unread(): boolean;
  /** Whether the command ended before it was done. */
  isLeft(): boolean;
  /** No signal is listened to any more. */
  end(): void;
}

function watchForStop(terminal: Terminal): Stop {
  const controller = new AbortController();
  let [unread, left] = [false, false];
  const onInterrupt = (): void => {
    if (controller.signal.aborted) return process.exit(EXIT.interrupted);
    terminal.warn('stopping after this step; interrupt again to stop at once');
    controller.abort();
  };
  const onStreamError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    unread = true;
    controller.abort();
  };
  // Notes that nobody reads are no reason to stop a run.
  const onNoteError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  };
  // The streams stay guarded: what is left in them is written after the command.
  process.stdout.on('error', onStreamError);
  process.stderr.on('error', onNoteError);
  const onEarly = (): void => process.exit(EXIT.interrupted);
  const release = () => {
    INTERRUPTS.forEach((name) => process.off(name, onInterrupt));
    // Without a listener it ends nothing, but makes Node listen for a debugger.
    process.off('SIGUSR1', onEarly);
    process.on('SIGUSR1', onEarly);
  };
  const defer = () => {
    // Each update defers. A signal that came since Node last looked goes with the listener that it came for.
    if (process.listeners('SIGTERM').includes(onInterrupt)) return;
    release();
    process.off('SIGUSR1', onEarly);
    INTERRUPTS.forEach((name) => process.on(name, onInterrupt));
  };
  const end = () => {
    release();
    process.off('SIGUSR1', onEarly);
  };
  release();
  const leave = () => {
    left = true;
  };
  const isLeft = () => left || controller.signal.aborted;
  return { signal: controller.signal, unread: () => unread, isLeft, defer, release, leave, end };
}

/** What is said of an error; of a fault, whose it is. A mistyped flag loads nothing for that. */
async function explained(error: unknown, verbose: boolean): Promise<Failure> {
  const failure = failureOf(error, verbose);
  if (failure.exitCode !== EXIT.fault) return failure;
  const { importedPlace } = await import('@idlm/recipe/config');
  return failureOf(error, verbose, importedPlace(error));
}

/**
 * Runs a command and turns what it throws into a message on stderr and an exit code.
 * @param body gets a signal that a deferred Ctrl-C aborts: finish the step, save, say how to resume, throw its reason
 * @param verbose show the stack also of the user's mistakes (default: if IDLM_DEBUG is set)
 */
export async function runCommand(
  terminal: Terminal,
  body: (interrupts: Interrupts) => Promise<void>,
  verbose = Boolean(process.env['IDLM_DEBUG']),
): Promise<number> {
  const stop = watchForStop(terminal);
  try {
    await body(stop);
    // What was interrupted has left its progress standing.
    terminal.status('');
    return stop.unread() || !stop.isLeft() ? EXIT.done : EXIT.interrupted;
  } catch (error) {
    terminal.status('');
    if (stop.unread()) return EXIT.done;
    const { message, exitCode } = await explained(error, verbose);
    if (message) terminal.error(message);
    return exitCode;
  } finally {
    stop.end();
  }
}
