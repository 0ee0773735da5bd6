export { didYouMean } from './nearest-name';
export { parseJson } from './parse-json';
export { listed, percent } from './wording';

/**
 * A value that the user gave and can mend: the message says what was given, what was expected and what to do.
 * Commands end with its `exitCode`; every other error is a fault of this project.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly exitCode = 2;
}

/** A name that no choice is registered under. Where a saved model needs it, a module that registers it has to be imported. */
export class UnknownName extends InputError {}
