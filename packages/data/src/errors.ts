/** A value or file that the user can mend; the message says how. Commands end with its `exitCode`. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly exitCode = 2;
}
