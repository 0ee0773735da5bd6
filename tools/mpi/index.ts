import { type ChildProcess, type ExecFileSyncOptions, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Python packages that hold an MPI with its launcher. */
const VERSIONS = { openmpi: '5.0.11', mpich: '5.0.2' } as const;

/** An MPI by its Python package. */
export type MpiName = keyof typeof VERSIONS;

/** An MPI that is installed for tests. */
export interface InstalledMpi {
  readonly name: MpiName;
  /** Folder with `bin` and `lib`. */
  readonly home: string;
}

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Longest command of an installation, in milliseconds: some seconds where nothing is slow. */
const LONGEST = 120_000;

/** Milliseconds after which nobody is at work any more: an installation is two commands. */
const ABANDONED = 2 * LONGEST + 10_000;

/** Makes a folder that only one process can have made; waits while another is at work on what it stands for. */
function takeTurn(lock: string, isDone: () => boolean): boolean {
  for (;;) {
    if (isDone()) return false;
    try {
      mkdirSync(lock);
      return true;
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > ABANDONED) rmSync(lock, { recursive: true, force: true });
      pause(100);
    }
  }
}

/**
 * Installs an MPI from Python's index into a folder for temporary files, once for all tests: no administrator is needed.
 * @returns a sentence that says why there is none, where there is none
 */
export function installMpi(name: MpiName): InstalledMpi | string {
  if (process.platform !== 'linux') return `The MPI of tests is for Linux, and this is ${process.platform}.`;
  const home = join(tmpdir(), `idlm-tests-${name}-${VERSIONS[name]}`);
  const [done, lock] = [join(home, 'installed'), `${home}.lock`];
  if (!takeTurn(lock, () => existsSync(done))) return { name, home };
  try {
    const quietly: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST };
    execFileSync('python3', ['-m', 'venv', home], quietly);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    execFileSync(join(home, 'bin/python'), [...pip, `${name}==${VERSIONS[name]}`], quietly);
    writeFileSync(done, '');
    return { name, home };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    return `${name} cannot be installed (${(error as Error).message.split('\n')[0]}).`;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Whether a process may have a network of its own, with nothing but the loopback. */
const hasOwnNetwork = (): boolean => spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

/** Begins a command in a network of its own where that may be: launchers listen on all interfaces. */
const ON_LOOPBACK = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];

const FLAGS: Readonly<Record<MpiName, readonly string[]>> = { openmpi: ['--oversubscribe'], mpich: [] };

/** Variables that let a launcher run as root, as containers do, and keep processes off one another's cores. */
const VARIABLES = {
  ...{ OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
  ...{ PRTE_ALLOW_RUN_AS_ROOT: '1', PRTE_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
  ...{ PRTE_MCA_hwloc_default_binding_policy: 'none', TF_NUM_INTRAOP_THREADS: '1' },
};

/** What is launched. */
export interface Launch {
  readonly ranks: number;
  /** A file of JavaScript, and what it is given. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another launcher than that of the MPI. */
  readonly launcher?: InstalledMpi;
  /** Milliseconds after which all is killed (default 60000). */
  readonly longest?: number;
}

/** Ranks that run. */
export interface LaunchedRanks {
  /** The launcher. */
  readonly child: ChildProcess;
  /** What was written so far. */
  readonly written: { out: string; err: string };
  /** How the launcher ended; its code is null where it was killed. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

const LOADER = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/tsx/dist/loader.mjs');

/** What Node is given to run a TypeScript file as it is, which takes each rank some seconds. */
export const fromSource = (file: string): string[] => [
  ...['--conditions=@idlm/source', '--import', pathToFileURL(LOADER).href],
  file,
];

/** Starts ranks of a file of JavaScript under an MPI's launcher, on this machine and its loopback alone. */
export function launchRanks(
  mpi: InstalledMpi,
  { ranks, argv, cwd, environment, launcher = mpi, longest = 60_000 }: Launch,
): LaunchedRanks {
  const node = [process.execPath, ...argv];
  const mpirun = [join(launcher.home, 'bin/mpirun'), ...FLAGS[launcher.name], '-n', String(ranks), ...node];
  const [command, ...rest] = [...(hasOwnNetwork() ? ON_LOOPBACK : []), ...mpirun];
  const env = { ...process.env, ...VARIABLES, PATH: `${join(mpi.home, 'bin')}:${process.env['PATH']}`, ...environment };
  const child = spawn(command!, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { out: '', err: '' };
  child.stdout.on('data', (text) => (written.out += String(text)));
  child.stderr.on('data', (text) => (written.err += String(text)));
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), longest);
  const ended = new Promise<Awaited<LaunchedRanks['ended']>>((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...written });
    }),
  );
  return { child, written, ended };
}
