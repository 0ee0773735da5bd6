import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TrialRun } from './training';

const here = dirname(fileURLToPath(import.meta.url));
const inPackages = (path: string): string => join(here, '../../../packages', path);
/** Beside the modules that it imports. */
const BUILT = join(here, '../../../node_modules/.cache/reliability');

/** Builds the training that is killed, with the thread that saves beside it: from source, it would take longer to start than to train. */
export async function buildChild(): Promise<string> {
  mkdirSync(BUILT, { recursive: true });
  await build({
    entryPoints: { child: join(here, 'child.ts'), worker: inPackages('trainer/src/worker.ts') },
    outdir: BUILT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@idlm/source'],
    plugins: [
      {
        name: 'others are imported',
        setup({ onResolve }) {
          onResolve({ filter: /^#tfjs-registrations$/ }, () => ({
            path: inPackages('engine/src/tfjs-registrations.ts'),
          }));
          onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
            kind === 'entry-point' || /^@idlm\/|^@tensorflow\/tfjs-core\/dist\//.test(path)
              ? undefined
              : { path, external: true },
          );
        },
      },
    ],
    logLevel: 'error',
  });
  return join(BUILT, 'child.mjs');
}

/** A training in a process of its own. */
export interface ChildTraining {
  readonly process: ChildProcess;
  /** The step that it began at, once it has. */
  readonly began: Promise<number | undefined>;
  /** The last step that it said to have saved. */
  saved(): number;
  /** Its exit code and what it wrote to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>;
}

/** Starts a built training. */
export function startChild(program: string, run: TrialRun): ChildTraining {
  const child = spawn(process.execPath, [program, JSON.stringify(run)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [saved, err] = [0, ''];
  child.stderr.on('data', (text) => (err += String(text)));
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, 'close');
  const began = new Promise<number | undefined>((resolve) => {
    lines.on('line', (line) => {
      const [word, step] = line.split(' ');
      if (word === 'began') resolve(Number(step));
      if (word === 'saved') saved = Number(step);
    });
    child.once('close', () => resolve(undefined));
  });
  const ended = closed.then((end) => ({ code: (end as [number | null])[0], err }));
  return { process: child, began, saved: () => saved, ended };
}
