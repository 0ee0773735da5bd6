import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './launcher';

/** A launcher that the shell would find. */
export interface LauncherProgram {
  readonly path: string;
  /** What it says that it is, such as `mpirun (Open MPI) 5.0.11`; the beginning of its answer where that is like no known one. */
  readonly version: string;
  /** Whose ranks it starts; undefined where it does not tell. */
  readonly starts?: 'Open MPI' | 'MPICH';
}

/** Programs named mpirun or mpiexec on the path, in its order. */
export function launchersOnPath({ PATH = '' }: Environment): string[] {
  const all = PATH.split(delimiter).flatMap((folder) => ['mpirun', 'mpiexec'].map((name) => join(folder, name)));
  return all.filter((file) => existsSync(file));
}

/** Answers of launchers to `--version`: what they are called, and whose ranks they start. */
const ANSWERS: readonly (readonly [RegExp, name: string, starts: LauncherProgram['starts']])[] = [
  [/\(Open MPI\) ([\w.]+)/, 'mpirun (Open MPI)', 'Open MPI'],
  [/HYDRA[^]*?Version:\s+([\w.]+)/, 'Hydra', 'MPICH'],
  [/Intel\(R\) MPI Library[^]*?Version ([\w.]+)/, 'Intel MPI', 'MPICH'],
];

/** What a launcher's answer to `--version` says. */
export function readVersion(answer: string): Omit<LauncherProgram, 'path'> {
  for (const [pattern, name, starts] of ANSWERS) {
    const found = pattern.exec(answer);
    if (found) return { version: `${name} ${found[1]}`, starts };
  }
  return { version: answer.trim().split('\n')[0]!.slice(0, 80) };
}

/** Milliseconds that a launcher may take to tell its version. */
const LONGEST = 10_000;

/** The launcher that `mpirun` means in a shell; undefined where none is on the path. */
export async function findLauncher(environment: Environment = process.env): Promise<LauncherProgram | undefined> {
  const [path] = launchersOnPath(environment);
  if (path === undefined) return undefined;
  const answer = await new Promise<string>((resolve) => {
    execFile(path, ['--version'], { env: environment, timeout: LONGEST }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  return { path, ...readVersion(answer) };
}

/** Major version in a text, such as 5 in `Open MPI v5.0.11`. */
const majorOf = (version: string): string | undefined => /(\d+)\./.exec(version)?.[1];

/**
 * Whether a launcher's ranks find one another by a library: both are Open MPI of one major version, or of MPICH's kin; undefined where
 * the launcher does not tell whose it is.
 */
export function isLauncherOf(
  { version, starts }: LauncherProgram,
  library: { readonly version: string },
): boolean | undefined {
  if (!starts) return undefined;
  const isOpenMpi = library.version.startsWith('Open MPI');
  if (starts === 'MPICH' || !isOpenMpi) return (starts === 'MPICH') !== isOpenMpi;
  return majorOf(version) === majorOf(library.version);
}
