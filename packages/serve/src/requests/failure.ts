import { isInputError } from '@idlm/core-diffusion/errors';
import { RequestError } from './request-error';

/** Why requests end whose client has left: nobody is told. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** Whether the connection of a request was closed while its body was read, in Node's words. */
const isBrokenOff = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET';

/** Whatever was thrown, as an answer. Faults of the server keep their words for its log. */
export function failureOf(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (isInputError(error)) return new RequestError(400, error.message);
  if (isBrokenOff(error)) return new RequestError(400, 'The body of the request broke off.');
  return new RequestError(500, 'The server had an error while processing your request.');
}

/** Whether an error is a fault of the server's, and no refusal. */
export const isFault = (error: unknown): boolean => !(error instanceof ClientLeft) && failureOf(error).status === 500;
