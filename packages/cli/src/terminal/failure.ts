import { isInputError } from '@idlm/core-diffusion/errors';

/** How a command ends. */
export const EXIT = { done: 0, fault: 1, input: 2, interrupted: 130 } as const;

/** What is said of an error, and the exit code. */
export interface Failure {
  readonly message: string;
  readonly exitCode: number;
}

/** Conditions of the machine that are nobody's fault, in words. */
const CONDITIONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and go on with --resume',
  EDQUOT: 'the disk quota is used up; free some space and go on with --resume',
  EACCES: 'permission is denied; choose a place that you may write to',
  EPERM: 'permission is denied; choose a place that you may write to',
  EROFS: 'the file system is read-only; choose another place',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENOMEM: 'there is not enough memory; make the model, data.length or the batch smaller',
};

/** What stands in the way of a file or folder that the user named. */
const OBSTACLES: Readonly<Record<string, string>> = {
  ENOTDIR: 'a file is where a folder should be; choose another place',
  EEXIST: 'a file is where a folder should be; choose another place',
  EISDIR: 'a folder is where a file should be; choose another place',
  ENOTEMPTY: 'a folder is where a file should be; choose another place',
};

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly path?: unknown;
  /** Where a file was to be put. */
  readonly dest?: unknown;
  readonly exitCode?: unknown;
}

/** True for the error of an operation that was stopped by its signal. */
const isAbort = (error: unknown): boolean => (error as ErrorLike | undefined)?.name === 'AbortError';

/** A line of a module that the user had imported. */
interface ImportedPlace {
  readonly specifier: string;
  readonly line: number;
}

/**
 * What a thrown value means for the user.
 * @param verbose show where a fault came from, always done for faults of ours
 * @param imported where an imported module is to blame
 */
export function failureOf(error: unknown, verbose = false, imported?: ImportedPlace): Failure {
  const { message, stack, code, path, dest, exitCode } = (typeof error === 'object' && error ? error : {}) as ErrorLike;
  const text = typeof message === 'string' ? message : String(error);
  const trace = typeof stack === 'string' ? stack : text;
  // Commander has said what it had to say; its help ends with 0, its complaints are about the user's command line.
  if (String(code).startsWith('commander.')) return { message: '', exitCode: exitCode ? EXIT.input : EXIT.done };
  if (isAbort(error)) return { message: '', exitCode: EXIT.interrupted };
  if (isInputError(error)) return { message: verbose ? trace : text, exitCode: EXIT.input };
  const place = dest ?? path;
  const said = (what: string) => `${place ? `${String(place)}: ` : ''}${what}.`;
  const [condition, obstacle] = [CONDITIONS[String(code)], OBSTACLES[String(code)]];
  if (condition) return { message: said(condition), exitCode: EXIT.fault };
  if (obstacle) return { message: said(obstacle), exitCode: EXIT.input };
  if (imported)
    return {
      message: `${imported.specifier}, which was imported, failed in line ${imported.line} (${text}).${verbose ? `\n${trace}` : ' IDLM_DEBUG=1 shows the calls that led there.'}`,
      exitCode: EXIT.input,
    };
  return {
    message: `${trace}\nThis is a fault of idlm; please report it with the lines above.`,
    exitCode: EXIT.fault,
  };
}
