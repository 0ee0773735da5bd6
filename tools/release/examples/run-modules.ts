import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './example';
import type { ExampleModule } from './modules';

/** What shares a process: a TensorFlow.js backend that one example opens must not be what another one stands on. */
const groups = ['host', 'engine', 'all backends'] as const;

function groupOf({ example: { code } }: ExampleModule): (typeof groups)[number] {
  if (/['"]@tensorflow\/tfjs['"]/.test(code)) return 'all backends';
  return /['"](@idlm\/engine[/\w]*|@tensorflow\/[-\w]+)['"]/.test(code) ? 'engine' : 'host';
}

/** Runs modules one after another in a Node of their own; what comes after one that ends the process has no outcome. */
async function runGroup(modules: readonly ExampleModule[], root: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const child = fork(
    fileURLToPath(new URL('child.ts', import.meta.url)),
    modules.map(({ path }) => path),
    {
      cwd: root,
      execArgv: ['--conditions=@idlm/source', '--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  child.on('message', (outcome: Outcome) => outcomes.push(outcome));
  await new Promise((resolve) => child.on('close', resolve));
  return outcomes;
}

const ended: Outcome = { printed: [], error: 'the process ended before this example did, or before it came to it' };

/**
 * Runs examples in as few processes as keep them apart.
 * @param root of the repository
 * @returns outcomes in the order of the modules
 */
export async function runModules(modules: readonly ExampleModule[], root: string): Promise<Outcome[]> {
  const outcomes = new Map<ExampleModule, Outcome>();
  await Promise.all(
    groups.map(async (name) => {
      const group = modules.filter((module) => groupOf(module) === name);
      if (!group.length) return;
      const done = await runGroup(group, root);
      group.forEach((module, i) => outcomes.set(module, done[i] ?? ended));
    }),
  );
  return modules.map((module) => outcomes.get(module) ?? ended);
}
