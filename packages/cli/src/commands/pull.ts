import { pullModel } from '@idlm/hub';
import { showPulling } from '../sentences/pulling';
import type { Interrupts, Terminal } from '../terminal';

/** Options of `idlm pull`. */
export interface PullCommandOptions {
  readonly revision?: string;
  /** The checkpoint to take of several. */
  readonly file?: string;
}

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
