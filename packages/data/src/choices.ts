import { InputError, quoted } from './errors';

/** @throws InputError for a value that is none of the choices, which types alone do not keep out */
export function requireOneOf(what: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new InputError(`${what} is one of ${choices.join(', ')}; ${quoted(value)} was given.`);
}
