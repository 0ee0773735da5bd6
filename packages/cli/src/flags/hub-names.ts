import { existsSync } from 'node:fs';
import { InputError, isInputError } from '@idlm/core-diffusion/errors';
import type { Command } from 'commander';
import { showPulling } from '../sentences/pulling';
import type { Interrupts, Terminal } from '../terminal';

/** Options that name a model. */
const MODEL_OPTIONS = ['model', 'teacher', 'student', 'baseline', 'scorer'];

/** Commands whose arguments name models as well. */
const MODEL_ARGUMENTS = ['sample', 'convert', 'export', 'inspect'];

/** Whether a text is no path of this machine, and may name a repository of the Hub: `org/name`, where there is no folder `org`. */
function mayBeOfHub(text: unknown): text is string {
  if (typeof text !== 'string' || existsSync(text)) return false;
  if (/^hf:/.test(text)) return true;
  const [first = ''] = text.split('/');
  // Runs lie under `runs` where nothing else is said, also before there are any.
  return /^[^\\/.~][^\\/]*\/[^\\/]+$/.test(text) && first !== 'runs' && !existsSync(first);
}

/** Says of a name that may as well be a mistyped folder why the Hub was asked. */
function withReason(error: unknown, name: string): unknown {
  if (!isInputError(error) || name.startsWith('hf:')) return error;
  return new InputError(`${error.message} There is no folder ${name} here, so it was taken for a model of the Hub.`);
}

/** The folder of a model that is named as on the Hub, pulled where need be; any other path as it is. @throws InputError as `pullModel` */
export const pulledModel = async (path: string, terminal: Terminal, signal: AbortSignal): Promise<string> =>
  mayBeOfHub(path) ? pulled(path, terminal, signal) : path;

async function pulled(name: string, terminal: Terminal, signal: AbortSignal): Promise<string> {
  const { isRepositoryName, pullModel } = await import('@idlm/hub');
  if (!isRepositoryName(name)) return name;
  const pulling = pullModel(name, { signal, onProgress: showPulling(name, terminal) });
  const { folder, checkpoint, note } = await pulling.catch((error: unknown) => {
    throw withReason(error, name);
  });
  terminal.note(note ?? `${name} is in ${folder}.`);
  return checkpoint ?? folder;
}

/**
 * Puts the folders of models that are pulled from the Hub in the place of their names, in options and arguments alike, so that
 * every command takes `org/name` where it takes a model's folder.
 * @throws InputError as `pullModel`
 */
export async function pullNamedModels(command: Command, terminal: Terminal, { signal }: Interrupts): Promise<void> {
  for (const option of MODEL_OPTIONS) {
    const value: unknown = command.getOptionValue(option);
    if (mayBeOfHub(value)) command.setOptionValue(option, await pulled(value, terminal, signal));
  }
  if (!MODEL_ARGUMENTS.includes(command.name())) return;
  const given = command.processedArgs as unknown[];
  if (mayBeOfHub(given[0])) given[0] = await pulled(given[0], terminal, signal);
}
