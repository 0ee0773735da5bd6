import { execFile } from 'node:child_process';
import { packageProgram } from '@idlm/core-diffusion/node';
import type { MpiLibrary } from './library/start';

/** How MPI was found: it adds numbers; or no library of it can be loaded; or one is there and does not work. */
export type MpiTrial =
  | { readonly library: MpiLibrary }
  /** Where it was looked for, as a sentence. */
  | { readonly absent: string }
  /** Why not, as a clause. */
  | { readonly broken: string };

/** What the process that tries says where it comes to its end. */
export type Said = Exclude<MpiTrial, { readonly broken: string }>;

/** Milliseconds: Open MPI takes a second or two to start. */
const LONGEST = 60_000;

/** How a process failed, as Node tells it. */
interface Failed {
  readonly code?: number | string | null;
  readonly signal?: string | null;
  readonly killed?: boolean;
  readonly message: string;
}

/** The last line with words: libraries frame theirs. */
const lastWords = (text: string): string | undefined =>
  text
    .split('\n')
    .filter((line) => /[a-z]{3}/i.test(line))
    .at(-1)
    ?.trim();

function reasonOf({ killed, signal, code, message }: Failed, stderr: string): string {
  if (killed) return `it was not done within ${LONGEST / 1000} seconds`;
  return lastWords(stderr) ?? (signal ? `it ended by ${signal}` : `it ended with ${code ?? message}`);
}

/**
 * Starts the MPI library that ranks of this process would use, as the one rank of a job, and adds numbers over it: in a process of its
 * own, since a library may end its process, and starts once in each.
 */
export function tryMpi(): Promise<MpiTrial> {
  const { args, cwd } = packageProgram(import.meta.url, '.');
  const options = { cwd, env: process.env, timeout: LONGEST, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const said = stdout.split('\n').find((line) => line.startsWith('{'));
      // MPI may end a process by a signal although all of it was done.
      if (said && !(error as Failed | null)?.killed) resolve(JSON.parse(said) as Said);
      else resolve({ broken: reasonOf((error ?? { message: 'it said nothing' }) as Failed, stderr) });
    });
  });
}
