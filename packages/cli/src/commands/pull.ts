import { type PullProgress, pullModel } from '@idlm/hub';
import { type Interrupts, type Terminal, terminalReporter } from '../terminal';

/** Options of `idlm pull`. */
export interface PullCommandOptions {
  readonly revision?: string;
  /** The checkpoint to take of several. */
  readonly file?: string;
}

/** Shows how much of a model has come, in megabytes. */
export const showPulling = (name: string, terminal: Terminal): ((progress: PullProgress) => void) => {
  const reporter = terminalReporter(terminal);
  const megabytes = (count: number) => Math.ceil(count / 1e6);
  return ({ path, bytes: there, total }) =>
    reporter.progress(
      `Pulling ${name}, MB`,
      there < total ? Math.floor(there / 1e6) : megabytes(total),
      megabytes(total),
      path,
    );
};

/** `idlm pull`: a model of the Hub on this machine, and where it is: its folder, or its checkpoint of PyTorch. */
export async function pullCommand(
  name: string,
  { revision, file }: PullCommandOptions,
  terminal: Terminal,
  { signal }: Interrupts,
): Promise<void> {
  const pulled = await pullModel(name, { revision, file, signal, onProgress: showPulling(name, terminal) });
  if (pulled.note) terminal.warn(pulled.note);
  terminal.result(pulled, () => pulled.checkpoint ?? pulled.folder);
}
