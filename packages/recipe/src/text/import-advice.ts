import { InputError, isUnknownName } from '@idlm/core-diffusion';
import { type Origin, importAdvice } from '@idlm/denoiser';

/**
 * The refusal of a name that a saved model was made with and that nobody has registered, with what to import; any other error as
 * it is.
 * @param folder where the model lies
 */
export function withImportAdvice(error: unknown, folder: string, origin: Pick<Origin, 'imports'>): unknown {
  if (!isUnknownName(error)) return error;
  const { message } = error;
  const lowered = message.startsWith(folder) ? message : `${message[0]!.toLowerCase()}${message.slice(1)}`;
  return new InputError(
    `The model in ${folder} was made with what is not known here (${lowered.replace(/\.$/, '')}); ${importAdvice(origin)}.`,
  );
}
