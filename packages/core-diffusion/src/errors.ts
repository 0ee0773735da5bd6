export { didYouMean } from './nearest-name';
export { jsonFault, parseJson } from './parse-json';
export { listed, percent, quoted, shortened } from './wording';

/**
 * A value that the user gave and can mend: the message says what was given, what was expected and what to do.
 * Commands end with its `exitCode`; every other error is a fault of this project.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly exitCode = 2;
}

/** A name that no choice is registered under. Where a saved model needs it, a module that registers it has to be imported. */
export class UnknownName extends InputError {
  readonly isUnknownName = true;
}

/**
 * Whether what was thrown is an `InputError`. Errors are told by their members: a process may hold several copies of the class, in
 * bundles and beside packages of a user's own, and `instanceof` knows its own alone.
 */
export const isInputError = (error: unknown): error is InputError =>
  (error as Partial<InputError> | null | undefined)?.exitCode === 2;

/** The same for an `UnknownName`. */
export const isUnknownName = (error: unknown): error is UnknownName =>
  isInputError(error) && (error as Partial<UnknownName>).isUnknownName === true;
