import { TRANSFORMERS_FILES, findModel } from '@idlm/denoiser/node';
import { pushModel } from '@idlm/hub';
import type { Interrupts, Terminal } from '../terminal';

/** Options of `idlm push`. */
export interface PushCommandOptions {
  readonly revision?: string;
  readonly message?: string;
  readonly private?: boolean;
}

/** `idlm push`: a model folder, or the newest model of a run, as one commit of a repository of the Hub. */
export async function pushCommand(
  path: string,
  name: string,
  { revision, message, private: isPrivate }: PushCommandOptions,
  terminal: Terminal,
  { signal }: Interrupts,
): Promise<void> {
  const folder = await findModel(path);
  terminal.status(`Pushing ${folder} to ${name} …`);
  const pushed = await pushModel(folder, name, {
    ...{ revision, message, private: isPrivate, signal },
    also: (file) => TRANSFORMERS_FILES.includes(file),
  });
  terminal.status('');
  terminal.note(`Pushed ${pushed.files.join(', ')}.`);
  terminal.result(pushed, () => pushed.url);
}
