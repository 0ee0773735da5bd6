import { EXIT, failureOf } from './failure';
import type { Terminal } from './terminal';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

/** A signal that ends a command early, and why it did. */
interface Stop {
  readonly signal: AbortSignal;
  /** Whether the reader of stdout is gone, such as `head`: an end without a word. */
  unread(): boolean;
  release(): void;
}

/** Aborts at the first interrupt, ends the process at the second; aborts when nobody reads stdout any more. */
function watchForStop(terminal: Terminal): Stop {
  const controller = new AbortController();
  let unread = false;
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
  INTERRUPTS.forEach((name) => process.on(name, onInterrupt));
  process.stdout.on('error', onStreamError);
  process.stderr.on('error', onNoteError);
  return {
    signal: controller.signal,
    unread: () => unread,
    // The streams stay guarded: what is left in them is written after the command.
    release: () => INTERRUPTS.forEach((name) => process.off(name, onInterrupt)),
  };
}

/**
 * Runs a command and turns what it throws into a message on stderr and an exit code.
 * @param body gets a signal that the first Ctrl-C aborts: finish the step, save, say how to resume, throw its reason
 * @param verbose show the stack also of the user's mistakes (default: if IDLM_DEBUG is set)
 */
export async function runCommand(
  terminal: Terminal,
  body: (signal: AbortSignal) => Promise<void>,
  verbose = Boolean(process.env['IDLM_DEBUG']),
): Promise<number> {
  const stop = watchForStop(terminal);
  try {
    await body(stop.signal);
    // What was interrupted has left its progress standing.
    terminal.status('');
    return stop.unread() || !stop.signal.aborted ? EXIT.done : EXIT.interrupted;
  } catch (error) {
    terminal.status('');
    if (stop.unread()) return EXIT.done;
    const { message, exitCode } = failureOf(error, verbose);
    if (message) terminal.error(message);
    return exitCode;
  } finally {
    stop.release();
  }
}
